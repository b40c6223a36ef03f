// Package queuetest starts a real PostgreSQL for tests.
package queuetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Postgres is a server of a test's own, on 127.0.0.1.
type Postgres struct {
	bin  string // folder of its programs
	root string // all that is its own
	port int
	as   *syscall.Credential // it refuses to run as root
	run  *exec.Cmd
	out  bytes.Buffer
	made int // databases
}

// User and Password are those of the databases' owner.
const (
	User     = "alnb"
	Password = "p@ss wörd"
)

// ErrMissing tells that PostgreSQL can't be started here.
var ErrMissing = errors.New("NOT TESTED on PostgreSQL: it isn't installed (Debian's package is postgresql), or there is no user but root to run it")

// StartPostgres starts a server, which ends with the test. The test is skipped, aloud, where PostgreSQL isn't installed.
func StartPostgres(t *testing.T) *Postgres {
	t.Helper()
	p, err := Start()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Start starts a server for the tests of a package, until Close.
func Start() (*Postgres, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		path, err := exec.LookPath("initdb")
		if err != nil {
			return nil, ErrMissing
		}
		found = []string{path}
	}
	// Not in a test's own folder, whose parents another user may not enter.
	root, err := os.MkdirTemp("", "alnb-postgres-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: filepath.Dir(slices.Max(found)), root: root}
	if err := p.begin(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) begin() error {
	if os.Getuid() == 0 {
		if err := p.becomeAnother(); err != nil {
			return err
		}
	}
	secret := filepath.Join(p.root, "password")
	if err := os.WriteFile(secret, []byte(Password), 0o644); err != nil {
		return err
	}
	made := p.command("initdb", "-D", p.data(), "-U", User, "--auth=scram-sha-256", "--pwfile="+secret, "--encoding=UTF8", "--locale=C")
	if out, err := made.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	return p.Start()
}

// becomeAnother gives the folder to a user who isn't root.
func (p *Postgres) becomeAnother() error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(p.root, uid, gid)
	}
	return ErrMissing
}

func (p *Postgres) data() string { return filepath.Join(p.root, "data") }

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.root
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

// Start starts the server again after Stop.
func (p *Postgres) Start() error {
	p.run = p.command("postgres", "-D", p.data(), "-h", "127.0.0.1", "-p", fmt.Sprint(p.port), "-k", p.root)
	p.run.SysProcAttr.Pdeathsig = syscall.SIGKILL
	p.run.Stdout, p.run.Stderr = &p.out, &p.out
	if err := p.run.Start(); err != nil {
		return err
	}
	for range 400 {
		if p.command("pg_isready", "-h", "127.0.0.1", "-p", fmt.Sprint(p.port), "-q").Run() == nil {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.Stop()
	return fmt.Errorf("PostgreSQL doesn't answer:\n%s", &p.out)
}

// Stop ends the server at once, as an operator's "fast" shutdown does: sessions are cut off.
func (p *Postgres) Stop() {
	if p.run == nil {
		return
	}
	p.run.Process.Signal(syscall.SIGINT)
	p.run.Wait()
	p.run = nil
}

// Close ends the server and removes what it kept.
func (p *Postgres) Close() {
	p.Stop()
	os.RemoveAll(p.root)
}

// NewDatabase makes an empty database and returns its URL.
func (p *Postgres) NewDatabase(ctx context.Context) (string, error) {
	c, err := pgx.Connect(ctx, p.URLOf(User, Password, "postgres"))
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	p.made++
	name := fmt.Sprint("test", p.made)
	_, err = c.Exec(ctx, "CREATE DATABASE "+name)
	return p.URLOf(User, Password, name), err
}

// URLOf is that of a database for a user and password, which need not be right.
func (p *Postgres) URLOf(name, password, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s", url.UserPassword(name, password), p.port, database)
}
