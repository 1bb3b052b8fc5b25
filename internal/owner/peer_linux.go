package owner

import (
	"net"
	"syscall"
)

// peer is the user at the other end of a connection, as the kernel has it: the process
// itself has no say in it. "": not known.
func peer(conn net.Conn) string {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ""
	}
	name := ""
	err = raw.Control(func(fd uintptr) {
		if who, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			name = nameOf(int(who.Uid))
		}
	})
	if err != nil {
		return ""
	}
	return name
}
