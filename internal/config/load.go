package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Layers are what Load reads over the defaults.
type Layers struct {
	File    string            // path of a YAML file; "": none
	Environ []string          // as os.Environ gives it
	Flags   map[string]string // by key of the setting
}

// PasswordEnv is the variable that may hold the database password.
const PasswordEnv = EnvPrefix + "STORE_PASSWORD"

// Loaded is an effective configuration and the origin of each of its values.
type Loaded struct {
	Config

	Origin map[string]string // key → "default", "quartet.yaml:3", "QUARTET_LISTEN", "--listen"
	// Unknown are variables that begin with QUARTET_ and mean nothing here: perhaps
	// misspelt. They are no fault, because some platforms set such names by themselves.
	Unknown []string
}

// Load puts the layers over the defaults and checks the result. Its error is Faults
// and names everything that is wrong.
func Load(l Layers) (Loaded, error) {
	out := Loaded{Config: Default(), Origin: map[string]string{}}
	for _, s := range Settings() {
		out.Origin[s.Key] = "default"
	}
	var faults Faults
	if l.File != "" {
		data, err := os.ReadFile(l.File)
		if err != nil {
			faults.addf(l.File, "", "cannot read the file: %v", unwrapPath(err))
		} else {
			faults = append(faults, out.readFile(l.File, data)...)
		}
	}
	faults = append(faults, out.readEnv(l.Environ)...)
	faults = append(faults, out.readFlags(l.Flags)...)
	faults = append(faults, out.check()...)
	if len(faults) > 0 {
		return out, faults
	}
	return out, nil
}

// Parse reads a file's content over the defaults and checks it.
func Parse(name string, data []byte) (Loaded, error) {
	out := Loaded{Config: Default(), Origin: map[string]string{}}
	faults := out.readFile(name, data)
	if faults = append(faults, out.check()...); len(faults) > 0 {
		return out, faults
	}
	return out, nil
}

func (l *Loaded) readEnv(environ []string) Faults {
	var faults Faults
	known := map[string]Setting{}
	for _, s := range Settings() {
		known[s.Env()] = s
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) {
			continue
		}
		s, ok := known[name]
		switch {
		case ok:
			if err := s.set(&l.Config, value); err != nil {
				faults.addf(name, "", "%v", err)
			}
			l.Origin[s.Key] = name
		case name == PasswordEnv:
			l.StorePassword = value
			l.Origin[passwordKey] = name
		case !slices.Contains(otherEnv(), name):
			l.Unknown = append(l.Unknown, name)
		}
	}
	return faults
}

// otherEnv are variables that commands read by themselves.
func otherEnv() []string {
	return []string{EnvPrefix + "CONFIG", EnvPrefix + "APPCODE", EnvPrefix + "TOKEN"}
}

func (l *Loaded) readFlags(flags map[string]string) Faults {
	var faults Faults
	for _, s := range Settings() {
		value, ok := flags[s.Key]
		if !ok {
			continue
		}
		if err := s.set(&l.Config, value); err != nil {
			faults.addf("--"+s.Flag(), "", "%v", err)
		}
		l.Origin[s.Key] = "--" + s.Flag()
	}
	return faults
}

// Fault is one thing that is wrong.
type Fault struct {
	Where   string // file:line:column, a variable, or a flag
	Key     string
	Message string // never repeats a value, which may be a secret in the wrong place
}

// Faults is everything that is wrong, in the order of the layers.
type Faults []Fault //nolint:errname // they are shown as a list of faults

func (f *Faults) addf(where, key, format string, args ...any) {
	*f = append(*f, Fault{Where: where, Key: key, Message: fmt.Sprintf(format, args...)})
}

// Error has one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Where + ": " + fault.Message
		named := Setting{Key: fault.Key} // its flag and its variable say its name already
		if fault.Key != "" && fault.Where != named.Env() && fault.Where != "--"+named.Flag() {
			lines[i] = fault.Where + ": " + fault.Key + ": " + fault.Message
		}
	}
	return strings.Join(lines, "\n")
}
