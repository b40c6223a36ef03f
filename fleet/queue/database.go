package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3", which is also that of sessions
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/alnb/alnb/fleet/internal/redact"
)

// A database is where a queue is, of either kind.
type database struct {
	where     string // for sentences: without user and password
	exec      riverdriver.Executor
	newClient func(*river.Config) (client, error)
	migrate   func(context.Context) error
	now       func(context.Context) (time.Time, error) // by the database's clock, which is one for all machines
	close     func()
}

func openDatabase(ctx context.Context, address string, create bool) (*database, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	switch {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		if misplacedAt(rest) {
			return nil, errUnreadable
		}
		return openPostgres(ctx, address)
	case ok && scheme == "sqlite":
		return openSQLite(ctx, rest, create)
	}
	return nil, errors.New("queue: the queue's URL is neither postgres://user:password@host/database nor sqlite:///path/of/file.db")
}

var errUnreadable = errors.New("queue: the queue's URL can't be read; it is to be such as postgres://user:password@host:5432/database, with " +
	"%40 for an @ in the password, %2F for a /, %3F for a ? and %23 for a #")

// misplacedAt tells whether a URL, without its scheme, has an @ elsewhere than before the host. Then a part of the password would be taken
// for the host, which is looked up and told, or for the database.
func misplacedAt(rest string) bool {
	i := strings.IndexAny(rest, "/?#")
	return strings.Count(rest, "@") > 1 || i >= 0 && strings.Contains(rest[i:], "@")
}

func openPostgres(ctx context.Context, address string) (*database, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil { // which may quote the password
		return nil, errUnreadable
	}
	c := config.ConnConfig
	db := &database{where: fmt.Sprintf("postgres://%s/%s", net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), c.Database)}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err == nil {
		if err = pool.Ping(ctx); err != nil {
			pool.Close()
		}
	}
	if err != nil {
		return nil, db.explain("connect", err)
	}
	driver := riverpgxv5.New(pool)
	use(db, driver)
	db.now = func(ctx context.Context) (now time.Time, err error) {
		err = pool.QueryRow(ctx, "SELECT now()").Scan(&now)
		return now, err
	}
	db.close = pool.Close
	return db, nil
}

func openSQLite(ctx context.Context, path string, create bool) (*database, error) {
	if path == "" {
		return nil, errors.New("queue: the queue's URL names no file; it is to be such as sqlite:///path/of/file.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	db := &database{where: "sqlite://" + path}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("queue: %s: there is no folder %s; make it, or give another", db.where, filepath.Dir(path))
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, db.none()
	}
	// Synced at each commit, and one connection: River's operations would meet one another's locks.
	options := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"30000"}, "_txlock": {"immediate"}}
	pool, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}).String())
	if err == nil {
		pool.SetMaxOpenConns(1)
		if err = again(ctx, func() error { return pool.PingContext(ctx) }); err != nil { // SQLite waits for no lock to make a file one of WAL
			pool.Close()
		}
	}
	if err != nil {
		return nil, db.explain("open", err)
	}
	use(db, riversqlite.New(pool))
	db.now = func(context.Context) (time.Time, error) { return time.Now(), nil } // a file is used by one machine
	db.close = func() { pool.Close() }
	return db, nil
}

// use fills in what depends on the kind of database.
func use[Tx any](db *database, driver riverdriver.Driver[Tx]) {
	db.exec = driver.GetExecutor()
	db.newClient = func(config *river.Config) (client, error) { return river.NewClient(driver, config) }
	db.migrate = func(ctx context.Context) error {
		migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet()})
		if err != nil {
			return err
		}
		return again(ctx, func() error {
			_, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
			return err
		})
	}
}

// again tries what fails where several processes open a new queue at once: all look and find nothing, one makes it, and the others are to
// look again.
func again(ctx context.Context, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if err == nil || try == 9 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// none is the error where there is no queue.
func (db *database) none() error {
	return fmt.Errorf("queue: there is no queue in %s; mend the URL, or submit something first", db.where)
}

// explain makes a sentence of what went wrong, without the user and the password.
func (db *database) explain(doing string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var refused *pgconn.PgError
	var notConnected *pgconn.ConnectError
	why := err.Error()
	switch {
	case errors.As(err, &refused) && (refused.Code == "28P01" || refused.Code == "28000"):
		why = "the database refuses the user or the password"
	case errors.As(err, &refused) && refused.Code == "3D000":
		why = "there is no database of that name; make it with createdb, or mend the URL"
	case errors.As(err, &refused) && refused.Code == "42501":
		why = "the user has no permission: " + refused.Message
	case errors.As(err, &refused):
		why = refused.Message
	case errors.Is(err, context.DeadlineExceeded):
		why = "it gives no answer in time"
	case errors.As(err, &notConnected):
		why = "it can't be reached: " + lastOf(notConnected)
	}
	return redact.Error(fmt.Sprintf("queue: %s: %s: %s", doing, db.where, why), err)
}

// lastOf is what the operating system said; what pgx puts around it names the user.
func lastOf(err error) string {
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Error()
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// quiet is a logger for what River says: nothing, for what matters is an error or a unit's status.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

var _ client = (*river.Client[pgx.Tx])(nil)
