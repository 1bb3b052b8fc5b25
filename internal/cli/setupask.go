package cli

import (
	"cmp"
	"fmt"
	"image"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"quartet/internal/setup"
)

// answer is the answer to one question: from the file, or from whoever is asked.
func (t *talk) answer(name setup.Name, q setup.Question, usual string) (string, error) {
	if q.Enrolment != nil {
		if err := t.showEnrolment(q.Enrolment); err != nil {
			return "", err
		}
	}
	if answer, answered := t.answers[name][q.Key]; answered {
		return t.choice(q, answer)
	}
	usual = cmp.Or(usual, q.Default)
	words := t.text(q.Text)
	if help := t.text(q.Help); help != "" {
		words += t.pick("（"+help+"）", " ("+help+")")
	}
	for i, c := range q.Choices {
		if i == 0 {
			t.say("  %s:", words)
			words = t.pick("选择", "Choose")
		}
		t.say("   %2d  %s", i+1, t.text(c.Text))
		if c.Value == usual {
			usual = strconv.Itoa(i + 1)
		}
	}
	if q.Secret {
		return t.secret(q, words)
	}
	for range patience {
		prompt := "  " + words
		if usual != "" {
			prompt += " [" + usual + "]"
		}
		_, _ = fmt.Fprint(t.env.Out, prompt+": ")
		line, err := t.env.line("an answer to " + strconv.Quote(words))
		if err != nil {
			return "", err
		}
		if line = strings.TrimSpace(cmp.Or(strings.TrimSpace(line), usual)); line == "" && !q.Optional {
			if !t.env.Prompt {
				return "", usagef("%s: %s", words, t.pick("必须填写", "an answer is needed"))
			}
			continue
		}
		answer, err := t.choice(q, line)
		if err == nil || !t.env.Prompt {
			return answer, err
		}
		t.say("    ! %s", err)
	}
	return "", exitError(exitFailed)
}

// choice reads an answer of a closed list, by its number or its name.
func (t *talk) choice(q setup.Question, line string) (string, error) {
	if len(q.Choices) == 0 {
		return line, nil
	}
	for i, c := range q.Choices {
		if line == c.Value || line == strconv.Itoa(i+1) {
			return c.Value, nil
		}
	}
	return "", usagef("%s", t.pick("请填写列表里的编号或名称", "answer with a number of the list, or a name"))
}

// secret asks without showing the answer, twice where a slip would lock somebody out.
func (t *talk) secret(q setup.Question, words string) (string, error) {
	for range patience {
		answer, err := t.env.ask("  "+words+": ", "an answer to "+strconv.Quote(words))
		if err != nil {
			return "", err
		}
		if !q.Twice || !t.env.Prompt {
			return answer, nil
		}
		again, err := t.env.ask("  "+t.pick("再输入一次", "The same again")+": ", words)
		if err != nil {
			return "", err
		}
		if answer == again {
			return answer, nil
		}
		t.say("    ! %s", t.pick("两次输入不同", "the two differ"))
	}
	return "", exitError(exitFailed)
}

// showEnrolment shows what an authenticator app reads, and what can be typed into it.
func (t *talk) showEnrolment(n *setup.Enrolment) error {
	code, err := qr.Encode(n.URL, qr.M, qr.Auto)
	if err != nil {
		return err
	}
	if t.env.Prompt {
		t.say("\n%s", halfBlocks(code))
	}
	t.say("  %s  %s\n", t.pick("无法扫描时手动输入：", "Without a camera, type:"), n.Secret)
	return nil
}

// halfBlocks draws a QR code, two rows of it in each line, with the margin that readers want.
// Its own colours make it black on white on every terminal.
func halfBlocks(code image.Image) string {
	const (
		margin = 2
		begin  = "  \x1b[30;107m"
		end    = "\x1b[0m\n"
	)
	b := code.Bounds()
	dark := func(x, y int) bool {
		if !image.Pt(x, y).In(b) {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r < 0x8000
	}
	var out strings.Builder
	for y := b.Min.Y - margin; y < b.Max.Y+margin; y += 2 {
		out.WriteString(begin)
		for x := b.Min.X - margin; x < b.Max.X+margin; x++ {
			switch {
			case dark(x, y) && dark(x, y+1):
				out.WriteString("█")
			case dark(x, y):
				out.WriteString("▀")
			case dark(x, y+1):
				out.WriteString("▄")
			default:
				out.WriteString(" ")
			}
		}
		out.WriteString(end)
	}
	return out.String()
}
