package store

import "syscall"

// journalFor is the kind of journal that suits the file system of a folder: "wal", a write-ahead log, or "delete". The
// log needs memory that is shared between all processes of a session, which those of two machines have not.
func journalFor(dir string) string {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return "wal"
	}
	switch uint32(stat.Type) { // as in statfs(2)
	case 0x6969, // NFS
		0x517b, 0xfe534d42, 0xff534d42, // SMB, SMB2, CIFS
		0x65735546,             // FUSE, such as sshfs
		0x01021997,             // 9P
		0x0bd00bd0,             // Lustre
		0x47504653,             // GPFS
		0x00c36400,             // Ceph
		0x19830326,             // BeeGFS
		0x01161970, 0x7461636f, // GFS2, OCFS2
		0x5346414f, 0x73757245, // AFS, Coda
		0x786f4256: // VirtualBox's shared folders
		return "delete"
	}
	return "wal"
}
