package quartet

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/county.csv
var countyCSV string

// county is an administrative code and the years in which the lists know it.
type county struct {
	name     string
	from, to int // 0: open
}

var counties = sync.OnceValue(func() map[string]county {
	table := make(map[string]county, 8000)
	for line := range strings.Lines(countyCSV) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) == 4 && digits(f[0]) {
			table[f[0]] = county{name: f[1], from: number(f[2]), to: number(f[3])}
		}
	}
	return table
})

// provinceName is the short name of a province code, "" for none. 71 to 83 stand on
// Taiwan's, Hong Kong's and Macau's numbers.
func provinceName(code string) string {
	switch code {
	case "11":
		return "北京"
	case "12":
		return "天津"
	case "13":
		return "河北"
	case "14":
		return "山西"
	case "15":
		return "内蒙古"
	case "21":
		return "辽宁"
	case "22":
		return "吉林"
	case "23":
		return "黑龙江"
	case "31":
		return "上海"
	case "32":
		return "江苏"
	case "33":
		return "浙江"
	case "34":
		return "安徽"
	case "35":
		return "福建"
	case "36":
		return "江西"
	case "37":
		return "山东"
	case "41":
		return "河南"
	case "42":
		return "湖北"
	case "43":
		return "湖南"
	case "44":
		return "广东"
	case "45":
		return "广西"
	case "46":
		return "海南"
	case "50":
		return "重庆"
	case "51":
		return "四川"
	case "52":
		return "贵州"
	case "53":
		return "云南"
	case "54":
		return "西藏"
	case "61":
		return "陕西"
	case "62":
		return "甘肃"
	case "63":
		return "青海"
	case "64":
		return "宁夏"
	case "65":
		return "新疆"
	case "71", "83":
		return "台湾"
	case "81":
		return "香港"
	case "82":
		return "澳门"
	default:
		return ""
	}
}

// regionWarnings is what the county table doubts about an address code. People keep the
// code that they were first given, so none of it is ever a reason to refuse.
func regionWarnings(code string, birth int) []Warning {
	switch code {
	case "810000", "820000", "830000", "710000":
		return nil
	}
	c, known := counties()[code]
	switch {
	case !known:
		return []Warning{WarnRegionUnknown}
	case code[4:] == "00":
		return []Warning{WarnRegionNotCounty}
	case c.to != 0 && birth > c.to:
		return []Warning{WarnRegionAbolished}
	case birth < c.from:
		return []Warning{WarnRegionTimeline}
	}
	return nil
}
