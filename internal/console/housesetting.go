package console

const houseSettingsPath = "/house/settings"

func (c *Console) settingRoutes() {
	c.housed("GET "+houseSettingsPath, c.houseSettingsPage)
}

// houseSetting is a setting that is in force.
type houseSetting struct {
	Key     string `json:"key"`
	Help    string `json:"help"`
	Value   string `json:"value"`
	Default string `json:"default"`
	From    string `json:"from"`
	Place   string `json:"place"`
	Secret  bool   `json:"secret"`
	Set     bool   `json:"set"`
}

// FromWords are the layer that it comes from.
func (s houseSetting) FromWords() string {
	return map[string]string{"default": "默认值", "file": "配置文件", "environment": "环境变量", "flag": "启动参数"}[s.From]
}

// HouseSettingsPage lists the settings in force, and where each comes from.
type HouseSettingsPage struct {
	Settings []houseSetting
	Changed  bool // those alone that are not what they are by themselves
}

func (HouseSettingsPage) template() string { return "housesettings" }
func (HouseSettingsPage) title() string    { return "系统设置" }

func (c *Console) houseSettingsPage(v *visit) (page, error) {
	every, err := all[houseSetting](v, "/settings")
	if err != nil {
		return nil, err
	}
	p := HouseSettingsPage{Changed: v.r.URL.Query().Get("only") == "changed"}
	for i := range every {
		if !p.Changed || every[i].From != "default" {
			p.Settings = append(p.Settings, every[i])
		}
	}
	return p, nil
}

func settingPreviews() []preview {
	some := []houseSetting{
		{"announce_before", "how long before it takes effect a change for the worse is announced", "168h", "168h", "default", "", false, true},
		{"listen", "the address that calls come to", "0.0.0.0:8443", "127.0.0.1:8080", "file", "quartet.yaml:12", false, true},
		{"sms.secret", "what text messages are signed with", "", "", "environment", "QUARTET_SMS_SECRET", true, true},
		{"smtp.password", "the password of the mail server", "", "", "default", "", true, false},
	}
	return []preview{
		{name: "house-settings", path: houseSettingsPath, page: HouseSettingsPage{Settings: some}},
		{name: "house-settings-none", path: houseSettingsPath, page: HouseSettingsPage{Changed: true}},
	}
}
