package setup

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// mount names the kind of the file system of a path if other machines can share it over a
// net; "": it is local, or nobody can tell. Of a path that is not there the existing part
// counts.
func mount(path string) string {
	for {
		var s unix.Statfs_t
		if err := unix.Statfs(path, &s); err == nil {
			return shared(uint32(s.Type))
		}
		up := filepath.Dir(path)
		if up == path {
			return ""
		}
		path = up
	}
}

func shared(magic uint32) string {
	return map[uint32]string{
		unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "CIFS", unix.SMB2_SUPER_MAGIC: "SMB",
		unix.CEPH_SUPER_MAGIC: "Ceph", unix.AFS_FS_MAGIC: "AFS", unix.V9FS_MAGIC: "9P", 0x0BD00BD0: "Lustre",
	}[magic]
}
