package owner

import (
	"os"
	"os/user"
	"strconv"
)

// User is who runs this process, as the system has it.
func User() string { return nameOf(os.Geteuid()) }

// nameOf is the name of a user, or the number of one whose name is not found here.
func nameOf(id int) string {
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(id)
}
