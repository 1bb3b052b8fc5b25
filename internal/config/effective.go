package config

import "strings"

// Value is a setting as it is in force.
type Value struct {
	Setting

	Text   string // empty of a secret
	From   string // default, file, environment or flag
	Place  string // "quartet.yaml:3", "QUARTET_LISTEN", "--listen"; empty: the default
	Secret bool
	Set    bool // it is not empty
}

// Values are all settings as they are in force, in the order of the sample file; the password of
// the database as one that is set, or not.
func (l *Loaded) Values() []Value {
	list := []Value{}
	for _, s := range Settings() {
		list = append(list, l.value(s, s.get(&l.Config), false))
	}
	return append(list, l.value(Setting{
		Key: passwordKey, Help: "password of the database, from its file or " + PasswordEnv,
		get: func(*Config) string { return "" },
	}, l.StorePassword, true))
}

func (l *Loaded) value(s Setting, text string, secret bool) Value {
	v := Value{Setting: s, Text: text, Place: l.origin(s.Key), Secret: secret, Set: text != ""}
	if secret {
		v.Text = ""
		if v.Set && v.Place == "default" { // it was read from the file that another setting names
			v.Place = l.origin("store_password_file")
		}
	}
	switch {
	case v.Place == "default":
		v.From, v.Place = "default", ""
	case strings.HasPrefix(v.Place, "--"):
		v.From = "flag"
	case strings.HasPrefix(v.Place, EnvPrefix):
		v.From = "environment"
	default:
		v.From = "file"
	}
	return v
}
