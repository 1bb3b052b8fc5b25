package transfer_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/transfer"
)

const houseNumber = "755900000000001"

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai) }

func read(t *testing.T, file string) transfer.Statement {
	t.Helper()
	s, err := transfer.Read([]byte(file), houseNumber, noon())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func line(row int, serial string, at time.Time, amount quartet.Fen, name, account, remark string) transfer.Line {
	return transfer.Line{Row: row, Serial: serial, At: at, Amount: amount, Payer: quartet.Payer{Name: name, Account: account, Remark: remark}}
}

func clock(hour, minute, second int) time.Time {
	return time.Date(2026, 3, 2, hour, minute, second, 0, quartet.Shanghai)
}

func TestRead_KnowsTheStatementsOfChineseBanks(t *testing.T) {
	first := line(0, "C0300001", clock(9, 30, 5), 500_00, "甲乙贸易有限公司", "6225000000001", "货款 QT8K3M2A")
	for name, file := range map[string]string{
		"a day and a time apart": "账号,755900000000001\n交易日期,交易时间,借方金额,贷方金额,余额,摘要,附言,对方户名,对方账号,交易流水号\n" +
			"2026-03-02,09:30:05,,500.00,9999.00,货款,QT8K3M2A,甲乙贸易有限公司,6225000000001,C0300001\n",
		"both together, with units": "交易时间,收入金额（元）,支出金额（元）,对方名称,对方帐号,用途,备注,流水号\n" +
			"2026/03/02 09:30:05,\"￥500.00\",0.00,甲乙贸易有限公司,6225000000001,货款,QT8K3M2A,C0300001\n",
		"a direction": "交易日,时间,借贷标志,金额,收(付)方名称,收(付)方账号,摘要,附言,流水号\n" +
			"20260302,093005,贷,500,甲乙贸易有限公司,6225000000001,货款,QT8K3M2A,C0300001\n20260302,093006,借,8.00,某银行,1,手续费,,C0300002\n",
		"signs": "交易时间\t交易金额\t对方户名\t对方账号\t摘要\t附言\t流水号\n" +
			"2026年3月2日 09:30:05\t+500.00\t甲乙贸易有限公司\t6225000000001\t货款\tQT8K3M2A\tC0300001\n2026-03-02 10:00\t-3.00\t\t\t手续费\t\tC0300002\n",
		"texts that a spreadsheet protects": "交易时间,贷方发生额,对方户名,对方账号,摘要,附言,流水号\n" +
			"2026-03-02 09:30:05,500.00,甲乙贸易有限公司,=\"6225000000001\",货款,QT8K3M2A,'C0300001\n合计,500.00,,,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			gbk, err := simplifiedchinese.GBK.NewEncoder().String(strings.ReplaceAll(file, "￥", ""))
			if err != nil {
				t.Fatal(err)
			}
			for encoding, text := range map[string]string{"UTF-8": file, "with a mark": "\ufeff" + file, "GBK": gbk} {
				s := read(t, text)
				if len(s.Bad) > 0 || len(s.Lines) != 1 {
					t.Fatalf("%s: %d lines, bad %v", encoding, len(s.Lines), s.Bad)
				}
				got := s.Lines[0]
				got.Row = 0
				if diff := cmp.Diff(first, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", encoding, diff)
				}
			}
		})
	}
}

func TestRead_KnowsWorkbooks(t *testing.T) {
	book := excelize.NewFile()
	for i, row := range [][]any{
		{"某银行账户明细"},
		{"交易日期", "贷方金额", "对方户名", "对方账号", "摘要", "流水号"},
		{46083.396, 1234.5, "甲乙贸易有限公司", "622500000000000001", "QT8K3M2A", "C1"},
		{"2026-03-02", 19.99, "丙丁有限公司", 6.22500000000000001e17, "", "C2"},
		{"2026-03-02", 0.1 + 0.2, "丙丁有限公司", "1", "", "C3"},
		{"2026-03-02", 0.125, "丙丁有限公司", "1", "", "C4"},
	} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := book.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		t.Fatal(err)
	}
	s := read(t, file.String())
	want := transfer.Statement{
		Lines: []transfer.Line{
			line(3, "C1", clock(9, 30, 14), 1234_50, "甲乙贸易有限公司", "622500000000000001", "QT8K3M2A"),
			line(5, "C3", clock(0, 0, 0), 30, "丙丁有限公司", "1", ""),
		},
		Bad: []transfer.Bad{
			{Row: 4, Why: "the payer's account was rounded by a spreadsheet; export it as text"},
			{Row: 6, Why: "its amount cannot be read; write yuan with two digits after the point"},
		},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRead_ReportsEachBadRowAndRepeatsNothingOfIt(t *testing.T) {
	const head = "交易时间,贷方金额,借方金额,对方户名,对方账号,摘要,流水号,本方账号\n"
	for row, why := range map[string]string{
		"2026-03-02 09:00:00,5.00,,甲,1,,,":                         "it has no serial",
		"2026-03-02 09:00:00,5.00,,甲,1,,1.23456789012345E+19,":     "its serial was rounded by a spreadsheet; export it as text",
		"2026-03-02 09:00:00,5.00,,甲,1,,流水,":                       "its serial is none: 1 to 64 letters, digits and . _ / -",
		"昨天,5.00,,甲,1,,S,":                                         "its day cannot be read; write it as 2026-03-02",
		"2026-02-30,5.00,,甲,1,,S,":                                 "its day cannot be read; write it as 2026-03-02",
		"2027-03-02,5.00,,甲,1,,S,":                                 "its day is in the future, or long ago",
		"2026-03-02,5.001,,甲,1,,S,":                                "its amount cannot be read; write yuan with two digits after the point",
		"2026-03-02,五元,,甲,1,,S,":                                   "its amount cannot be read; write yuan with two digits after the point",
		"2026-03-02,-5.00,,甲,1,,S,":                                "its amount is below zero; book the reversal by hand",
		"2026-03-02,5.00,5.00,甲,1,,S,":                             "it has both a credit and a debit",
		"2026-03-02,5.00,,甲,1,,S,7559":                             "it is a line of another account of the house",
		"2026-03-02,99999999999999.00,,甲,,,S,":                     "its amount cannot be read; write yuan with two digits after the point",
		"2026-03-02,5000000000.00,,甲,1,,S,":                        "its amount is more than a billion yuan",
		"2026-03-02,5.00,,甲,1," + strings.Repeat("长", 501) + ",S,": "a text of it is longer than 500 characters, or holds characters that cannot be shown",
	} {
		s := read(t, head+row+"\n2026-03-02,7.00,,乙,2,,S9,"+houseNumber+"\n")
		if len(s.Bad) != 1 || s.Bad[0] != (transfer.Bad{Row: 2, Why: why}) {
			t.Errorf("%q is %v, want %q", row, s.Bad, why)
		}
		if len(s.Lines) != 1 || s.Lines[0].Serial != "S9" {
			t.Errorf("%q: the row behind it is lost: %v", row, s.Lines)
		}
	}
}

func TestRead_TakesASerialOnce(t *testing.T) {
	s := read(t, "交易日期,贷方金额,摘要,流水号\n2026-03-02,5.00,甲,S1\n2026-03-02,5.00,甲,S1\n2026-03-02,6.00,甲,S1\n")
	if len(s.Lines) != 1 || s.Other != 1 || len(s.Bad) != 1 || s.Bad[0] != (transfer.Bad{Row: 4, Why: "its serial stands in row 2 for another line"}) {
		t.Errorf("read as %+v", s)
	}
}

func TestRead_RefusesWhatIsNoStatement(t *testing.T) {
	for file, says := range map[string]string{
		"":               "empty",
		"hello\nworld\n": "name no known column",
		"交易日期,贷方金额,摘要\n2026-03-02,1,x\n":            "serial",
		"交易日期,贷方金额,摘要,交易序号\n2026-03-02,1,x,1\n":     "comes again on other days",
		"交易日期,贷方金额,摘要,柜员流水号\n2026-03-02,1,x,1\n":    "comes again on other days",
		"流水号,贷方金额,摘要,对方户名\n1,1,x,y\n":               "day",
		"交易日期,余额,摘要,流水号,对方户名\n2026-03-02,1,x,1,y\n": "what came in",
		"交易日期,贷方金额(分),摘要,流水号\n2026-03-02,1,x,1\n":   "yuan",
		"交易日期,贷方金额,贷方金额,流水号\n2026-03-02,1,1,1\n":    "two columns",
		`[{"流水号":"1"}]`: "JSON",
	} {
		_, err := transfer.Read([]byte(file), houseNumber, noon())
		if code := quartet.CodeOf(err); code != quartet.ErrInvalid && code != quartet.ErrUnsupported || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want something of %q", file, err, says)
		}
	}
	if _, err := transfer.Read(make([]byte, transfer.MaxFile+1), houseNumber, noon()); quartet.CodeOf(err) != quartet.ErrTooLarge {
		t.Errorf("too much: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("交易日期,贷方金额,摘要,流水号\n2026-03-02,5.00,甲,S1\n"))
	f.Add([]byte("交易日,时间,借贷标志,金额,收(付)方名称,流水号\n20260302,093005,贷,1.005,甲,1\n46083.5,,贷,1e3,甲,2\n"))
	f.Add([]byte("\xbd\xbb\xd2\xd7\xc8\xd5\xc6\xda,credit,serial\n,-,--\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := transfer.Read(file, houseNumber, noon())
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, l := range s.Lines {
			if l.Amount <= 0 || l.Serial == "" || seen[l.Serial] || l.At.IsZero() || l.Row < 1 {
				t.Errorf("a line is %+v", l)
			}
			seen[l.Serial] = true
		}
		for _, b := range s.Bad {
			if b.Why == "" || b.Row < 1 {
				t.Errorf("a bad row is %+v", b)
			}
		}
	})
}
