package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/alnb/alnb/fleet/queue/queuetest"
)

// server is what all tests that don't stop it use.
var server = sync.OnceValues(queuetest.Start)

func TestMain(m *testing.M) {
	code := m.Run()
	if p, err := server(); err == nil {
		p.Close()
	}
	os.Exit(code)
}

// databases runs a test on both kinds.
func databases(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, "sqlite://"+filepath.Join(t.TempDir(), "queue.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres(t)) })
}

// postgres is the URL of an empty database.
func postgres(t *testing.T) string {
	t.Helper()
	p, err := server()
	if errors.Is(err, queuetest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	url, err := p.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func open(t *testing.T, url string) *Queue {
	t.Helper()
	q, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

func units(of string, n int) []Unit {
	var all []Unit
	for i := range n {
		all = append(all, Unit{Work: "test", Of: of, Part: fmt.Sprint("part-", i), Label: fmt.Sprint("part ", i), Version: "1", Lane: "test"})
	}
	return all
}

// quick is a worker that notices within a second that another died.
func quick(name string) WorkOptions {
	return WorkOptions{Lane: "test", Name: name, Lease: 1200 * time.Millisecond, Wait: 100 * time.Millisecond, Drain: 200 * time.Millisecond}
}

// submitted is a queue in which the first n units of "a" wait.
func submitted(t *testing.T, url string, n int) *Queue {
	t.Helper()
	q := open(t, url)
	if _, err := q.Submit(t.Context(), units("a", n)); err != nil {
		t.Fatal(err)
	}
	return q
}

// mute is a database that takes no sign of life.
type mute struct{ riverdriver.Executor }

func (mute) JobUpdateFull(context.Context, *riverdriver.JobUpdateFullParams) (*rivertype.JobRow, error) {
	return nil, errors.New("it can't be reached")
}

// silent is the queue of a worker that the others think dead.
func silent(t *testing.T, url string) *Queue {
	q := open(t, url)
	q.exec = mute{q.exec}
	return q
}

// works has a worker work until the test says so.
func works(t *testing.T, url string, options WorkOptions, do Handler) (stop func()) {
	t.Helper()
	return worksOn(t, open(t, url), options, do)
}

func worksOn(t *testing.T, q *Queue, options WorkOptions, do Handler) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.Work(ctx, do, options) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// until waits for all units of what has the ID to be in one of the states.
func until(t *testing.T, q *Queue, of string, states ...State) []Status {
	t.Helper()
	var all []Status
	for range 300 {
		var err error
		if all, err = q.Status(t.Context(), of, ""); err != nil {
			t.Fatal(err)
		}
		reached := len(all) > 0
		for _, s := range all {
			in := false
			for _, state := range states {
				in = in || s.State == state
			}
			reached = reached && in
		}
		if reached {
			return all
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("units didn't reach %v: %+v", states, all)
	return nil
}

func TestUnitsAreDoneOnce(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := open(t, url)
		if added, err := q.Submit(t.Context(), units("a", 6)); added != 6 || err != nil {
			t.Fatal(added, err)
		}
		if added, err := open(t, url).Submit(t.Context(), units("a", 7)); added != 1 || err != nil {
			t.Error("a second submitter added", added, err)
		}
		if _, err := q.Submit(t.Context(), units("other", 1)); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		times := make(map[string]int)
		do := func(_ context.Context, unit Unit) error {
			mu.Lock()
			defer mu.Unlock()
			times[unit.Of+"/"+unit.Part]++
			return nil
		}
		works(t, url, quick("one"), do)
		works(t, url, quick("two"), do)
		for i, s := range until(t, q, "a", Finished) {
			if s.Label != fmt.Sprint("part ", i) || s.Worker != "one" && s.Worker != "two" || s.Error != "" || time.Since(s.Since) > time.Minute {
				t.Errorf("%+v", s)
			}
		}
		until(t, q, "other", Finished)
		mu.Lock()
		defer mu.Unlock()
		if len(times) != 8 {
			t.Errorf("%v", times)
		}
		for unit, n := range times {
			if n != 1 {
				t.Errorf("%s was done %d times", unit, n)
			}
		}
		if added, err := q.Submit(t.Context(), units("a", 7)); added != 0 || err != nil {
			t.Error("finished units were added again:", added, err)
		}
		if none, err := q.Status(t.Context(), "nothing", ""); len(none) != 0 || err != nil {
			t.Error(none, err)
		}
	})
}

// A queue that isn't there yet may be opened by many at once.
func TestOpenedByMany(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				q, err := Open(t.Context(), url)
				if err != nil {
					t.Error(err)
					return
				}
				q.Close()
			})
		}
		all.Wait()
	})
}

// Who only looks makes no queue.
func TestAQueueThatIsNotThere(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		for range 2 {
			_, err := OpenExisting(t.Context(), url)
			check(t, url, err, "there is no queue in ")
		}
		if file, ok := strings.CutPrefix(url, "sqlite://"); ok {
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Error("it was made:", err)
			}
		}
		open(t, url)
		q, err := OpenExisting(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		q.Close()
	})
}

func TestErrorsAreTriedAgain(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 4)
		var mu sync.Mutex
		times := make(map[string]int)
		works(t, url, quick("one"), func(_ context.Context, unit Unit) error {
			mu.Lock()
			defer mu.Unlock()
			times[unit.Part]++
			switch {
			case unit.Part == "part-0" && times[unit.Part] < 3:
				return errors.New("the disk is full")
			case unit.Part == "part-1":
				return errors.New("it always fails")
			case unit.Part == "part-2":
				return Never(errors.New("there is no such model"))
			case unit.Part == "part-3":
				panic("index out of range")
			}
			return nil
		})
		all := until(t, q, "a", Finished, Failed)
		mu.Lock()
		defer mu.Unlock()
		for i, want := range []struct {
			times int
			state State
			error string
		}{{3, Finished, ""}, {tries, Failed, "it always fails"}, {1, Failed, "there is no such model"}, {tries, Failed, "the program panicked: index out of range"}} {
			if s := all[i]; s.State != want.state || times[s.Part] != want.times || s.Error != want.error {
				t.Errorf("%+v after %d times", s, times[s.Part])
			}
		}
		if added, err := q.Submit(t.Context(), units("a", 4)); added != 3 || err != nil {
			t.Error("of three units that failed for good", added, "were added again", err)
		}
	})
}

// A worker that gives no sign of life loses its unit.
func TestADeadWorkersUnitGoesToAnother(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		begun, release := make(chan bool, 1), make(chan bool)
		defer close(release)
		worksOn(t, silent(t, url), quick("dead"), func(context.Context, Unit) error {
			begun <- true
			<-release
			return nil
		})
		<-begun
		works(t, url, quick("alive"), func(context.Context, Unit) error { return nil })
		s := until(t, q, "a", Finished)[0]
		if s.Deaths != 1 || s.Worker != "alive" {
			t.Errorf("%+v", s)
		}
	})
}

// Whoever lost a unit writes nothing to its row, however its work ends: it is another's.
func TestALoserWritesNothing(t *testing.T) {
	for name, end := range map[string]error{"done": nil, "an error": errors.New("the disk is full"), "no use": Never(errors.New("no such model"))} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, url string) {
				q := submitted(t, url, 1)
				begun, said, release, finish := make(chan string, 2), make(chan string, 100), make(chan bool), make(chan bool)
				dead := quick("dead")
				dead.Said = func(sentence string) { said <- sentence }
				worksOn(t, silent(t, url), dead, func(context.Context, Unit) error {
					begun <- "dead"
					<-release
					return end
				})
				if who := <-begun; who != "dead" {
					t.Fatal(who)
				}
				works(t, url, quick("alive"), func(context.Context, Unit) error {
					begun <- "alive"
					<-finish
					return nil
				})
				if who := <-begun; who != "alive" {
					t.Fatal(who)
				}
				close(release)
				for end := time.After(5 * time.Second); ; {
					select {
					case sentence := <-said:
						if !strings.HasSuffix(sentence, ErrLost.Error()) {
							continue
						}
					case <-end:
						t.Error("it doesn't hear of its loss")
					}
					break
				}
				time.Sleep(300 * time.Millisecond) // in which River would write
				if s := until(t, q, "a", Running)[0]; s.Worker != "alive" || s.Deaths != 1 {
					t.Errorf("%+v", s)
				}
				close(finish)
				until(t, q, "a", Finished)
			})
		})
	}
}

// A unit that was cancelled while its worker was dead isn't begun by another.
func TestACancelledUnitOfADeadWorkerIsNotBegun(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		begun, release := make(chan bool, 1), make(chan bool)
		stop := worksOn(t, silent(t, url), quick("dead"), func(context.Context, Unit) error {
			begun <- true
			<-release
			return nil
		})
		<-begun
		if n, err := q.Cancel(t.Context(), "a"); n != 1 || err != nil {
			t.Error(n, err)
		}
		works(t, url, quick("alive"), func(context.Context, Unit) error {
			t.Error("it was begun again")
			return nil
		})
		until(t, q, "a", Cancelled)
		close(release)
		stop()
		until(t, q, "a", Cancelled)
	})
}

// What finished units made may be gone: forgotten, they can be submitted again.
func TestForget(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 2)
		stop := works(t, url, quick("one"), func(context.Context, Unit) error { return nil })
		until(t, q, "a", Finished)
		stop()
		if err := q.Forget(t.Context(), "a", "another-lane"); err != nil {
			t.Fatal(err)
		}
		if added, err := q.Submit(t.Context(), units("a", 2)); added != 0 || err != nil {
			t.Error("those of another lane were forgotten:", added, err)
		}
		elsewhere := units("a", 2)
		for i := range elsewhere {
			elsewhere[i].Lane = "another-lane"
		}
		if added, err := q.Submit(t.Context(), elsewhere); added != 2 || err != nil {
			t.Error("of another lane", added, "were added", err)
		}
		for lane, state := range map[string]State{"test": Finished, "another-lane": Waiting, "": Waiting} {
			if all, err := q.Status(t.Context(), "a", lane); err != nil || len(all) != 2 || all[0].State != state {
				t.Errorf("%q: %+v, %v", lane, all, err)
			}
		}
		if err := q.Forget(t.Context(), "a", "test"); err != nil {
			t.Fatal(err)
		}
		if added, err := q.Submit(t.Context(), units("a", 2)); added != 2 || err != nil {
			t.Error(added, err)
		}
	})
}

// A unit of a worker that is alive stays its own, however long it takes.
func TestALongUnitIsNotLost(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		do := func(ctx context.Context, _ Unit) error {
			select {
			case <-time.After(3600 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		works(t, url, quick("one"), do)
		works(t, url, quick("two"), do)
		if s := until(t, q, "a", Finished)[0]; s.Deaths != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// How long a worker may be silent is what it said itself: others, which look more often, wait for it, and those that look less often needn't.
func TestEachWorkerHasItsOwnLease(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		patient, hasty := quick("patient"), quick("hasty")
		patient.Lease, hasty.Lease = 6*time.Second, 200*time.Millisecond // the first sign is given after 1.5 s
		begun, finish := make(chan bool, 1), make(chan bool)
		stop := works(t, url, patient, func(ctx context.Context, _ Unit) error {
			begun <- true
			<-finish
			return ctx.Err()
		})
		<-begun
		rest := works(t, url, hasty, func(context.Context, Unit) error { return nil })
		time.Sleep(time.Second)
		close(finish)
		if s := until(t, q, "a", Finished)[0]; s.Worker != "patient" || s.Deaths != 0 {
			t.Errorf("a living worker's unit was taken: %+v", s)
		}
		stop()
		rest()
		if _, err := q.Submit(t.Context(), units("b", 1)); err != nil {
			t.Fatal(err)
		}
		release := make(chan bool)
		defer close(release)
		worksOn(t, silent(t, url), hasty, func(context.Context, Unit) error {
			begun <- true
			<-release
			return nil
		})
		<-begun
		works(t, url, patient, func(context.Context, Unit) error { return nil })
		for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			all, err := q.Status(t.Context(), "b", "")
			if err != nil || time.Since(began) > 5*time.Second {
				t.Fatalf("after %s: %+v, %v", time.Since(began), all, err)
			}
			if all[0].Deaths == 1 {
				break
			}
		}
	})
}

// A dead worker's unit can be taken at once: what River is to make available itself waits for its elected leader, who may be the dead one.
func TestADeadWorkersUnitWaitsForNobody(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		begun, release := make(chan bool, 1), make(chan bool)
		defer close(release)
		worksOn(t, silent(t, url), WorkOptions{Lane: "test", Name: "dead"}, func(context.Context, Unit) error {
			begun <- true
			<-release
			return nil
		})
		<-begun
		now, err := q.now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := &worker{queue: q, WorkOptions: quick("alive").withDefaults()}
		if err := w.reclaimOnce(t.Context(), now.Add(time.Hour), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if all, err := q.Status(t.Context(), "a", ""); err != nil || all[0].State != Waiting || all[0].Deaths != 1 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// It is told since when a unit is in its state: when it was begun, not when its worker last gave a sign of life, and when it was put back,
// not when it was submitted.
func TestSince(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		since := func(state State) time.Time {
			return until(t, q, "a", state)[0].Since
		}
		submitted := since(Waiting)
		begun := make(chan bool, 1)
		do := func(ctx context.Context, _ Unit) error {
			begun <- true
			<-ctx.Done()
			return ctx.Err()
		}
		time.Sleep(time.Second)
		stop := works(t, url, quick("one"), do)
		<-begun
		running := since(Running)
		if running.Sub(submitted) < 900*time.Millisecond {
			t.Errorf("submitted at %s, begun at %s", submitted, running)
		}
		time.Sleep(time.Second) // three signs of life
		if later := since(Running); !later.Equal(running) {
			t.Errorf("begun at %s, and a second later at %s", running, later)
		}
		stop()
		back := since(Waiting)
		if back.Sub(running) < 900*time.Millisecond {
			t.Errorf("begun at %s, put back at %s", running, back)
		}
		time.Sleep(time.Second)
		works(t, url, quick("two"), do)
		<-begun
		if again := since(Running); again.Sub(back) < 900*time.Millisecond {
			t.Errorf("put back at %s, begun again at %s", back, again)
		}
	})
}

func TestSilence(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		by         string
		sign, back time.Duration // after noon; back 0: the database was never away
		now        time.Duration
		want       bool
	}{
		{by: holder("w", 10*time.Second), now: 10 * time.Second},
		{by: holder("w", 10*time.Second), now: 11 * time.Second, want: true},
		{by: holder("a worker 5s", time.Hour), now: time.Minute},
		{by: "w", now: time.Minute},
		{by: "w", now: 3 * time.Minute, want: true},
		{by: holder("w", 10*time.Second), sign: time.Second, back: time.Hour, now: time.Hour + 9*time.Second},
		{by: holder("w", 10*time.Second), sign: time.Second, back: time.Hour, now: time.Hour + 11*time.Second, want: true},
		{by: holder("w", 10*time.Second), sign: time.Minute, back: time.Second, now: time.Minute + 9*time.Second},
	} {
		at, back := noon.Add(c.sign), time.Time{}
		if c.back > 0 {
			back = noon.Add(c.back)
		}
		j := job{JobRow: &rivertype.JobRow{AttemptedAt: &at, AttemptedBy: []string{"another 1ms", c.by}}}
		if got := j.silent(noon.Add(c.now), back); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestCancel(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 2)
		begun, ended := make(chan bool, 2), make(chan error, 2)
		works(t, url, quick("one"), func(ctx context.Context, _ Unit) error {
			begun <- true
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return ctx.Err()
		})
		<-begun
		if n, err := q.Cancel(t.Context(), "a"); n != 2 || err != nil {
			t.Error(n, err)
		}
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			t.Fatal("the unit under way wasn't ended")
		}
		until(t, q, "a", Cancelled)
		if n, err := q.Cancel(t.Context(), "a"); n != 0 || err != nil {
			t.Error("cancelled again:", n, err)
		}
		if added, err := q.Submit(t.Context(), units("a", 2)); added != 2 || err != nil {
			t.Error("after it was cancelled, it can't be submitted again:", added, err)
		}
	})
}

// A worker that is told to stop lets its unit end where that takes no long time, and else puts it back.
func TestDrain(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 2)
		begun, finish := make(chan bool, 1), make(chan bool)
		stop := works(t, url, WorkOptions{Lane: "test", Name: "one", Drain: 5 * time.Second}, func(ctx context.Context, _ Unit) error {
			begun <- true
			<-finish
			return ctx.Err()
		})
		<-begun
		time.AfterFunc(300*time.Millisecond, func() { close(finish) })
		stop()
		all, err := q.Status(t.Context(), "a", "test")
		if err != nil || all[0].State != Finished || all[1].State != Waiting {
			t.Errorf("%+v, %v", all, err)
		}
		began := time.Now()
		said := make(chan string, 10)
		two := quick("two")
		two.Said = func(sentence string) { said <- sentence }
		stop = works(t, url, two, func(ctx context.Context, _ Unit) error {
			begun <- true
			<-ctx.Done()
			return ctx.Err()
		})
		<-begun
		stop()
		if first, second := <-said, <-said; first != "part 1: begun" || second != "part 1: put back, as this worker stops" {
			t.Error(first, second)
		}
		all, err = q.Status(t.Context(), "a", "test")
		if err != nil || all[1].State != Waiting || all[1].Deaths != 0 || time.Since(began) > 10*time.Second {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// Without a time to drain in, the unit under way is put back at once.
func TestNoDrain(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		begun := make(chan bool, 1)
		stop := works(t, url, WorkOptions{Lane: "test", Name: "one"}, func(ctx context.Context, _ Unit) error {
			begun <- true
			select {
			case <-ctx.Done():
			case <-time.After(15 * time.Second):
			}
			return ctx.Err()
		})
		<-begun
		stop()
		if all, err := q.Status(t.Context(), "a", ""); err != nil || all[0].State != Waiting {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestLimit(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		q := submitted(t, url, 1)
		options := quick("one")
		options.Limit = 50 * time.Millisecond
		works(t, url, options, func(ctx context.Context, _ Unit) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if s := until(t, q, "a", Failed)[0]; s.Error != "it took longer than the limit, 50ms" {
			t.Errorf("%+v", s)
		}
	})
}

func TestMistakesAreSentences(t *testing.T) {
	for url, want := range map[string]string{
		"":                              "the queue's URL is neither postgres://",
		"mysql://u:s3cret@h/d":          "the queue's URL is neither postgres://",
		"sqlite://":                     "names no file",
		"sqlite:///no/such/folder/q.db": "there is no folder /no/such/folder",
		"postgres://u:s3cret@h:port/d":  "the queue's URL can't be read",
		"postgres://u:p@s3cret/x@h/d":   "with %40 for an @ in the password, %2F for a /",
		"postgres://u:p@s3cret@h/d":     "with %40 for an @ in the password, %2F for a /",
		"postgres://u:123/s3cret@h/d":   "with %40 for an @ in the password, %2F for a /",
		"postgres://u:123?s3cret@h/d":   "%3F for a ?",
		"postgresql://u:123#s3cret@h/d": "%23 for a #",
		"postgres://u:s3cret@127.0.0.1:1/d?connect_timeout=2": "connect: postgres://127.0.0.1:1/d: it can't be reached: dial tcp 127.0.0.1:1",
	} {
		_, err := Open(t.Context(), url)
		check(t, url, err, want)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	url := fmt.Sprintf("postgres://u:s3cret@%s/d?connect_timeout=1", silent.Addr())
	_, err = Open(t.Context(), url)
	check(t, url, err, "it gives no answer in time")
	if err != nil && strings.Contains(err.Error(), "user=") {
		t.Errorf("it tells the user: %v", err)
	}
}

func TestPostgresMistakesAreSentences(t *testing.T) {
	postgres(t)
	p, _ := server()
	for url, want := range map[string]string{
		p.URLOf(queuetest.User, "s3cret", "postgres"):             "the database refuses the user or the password",
		p.URLOf("nobody-we-know", "s3cret", "postgres"):           "the database refuses the user or the password",
		p.URLOf(queuetest.User, queuetest.Password, "nodatabase"): "there is no database of that name",
	} {
		_, err := Open(t.Context(), url)
		check(t, url, err, want)
	}
}

func check(t *testing.T, url string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "queue: ") {
		t.Errorf("%q: %v", url, err)
	}
	if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), queuetest.Password)) {
		t.Errorf("it tells the password: %v", err)
	}
}

// The database may be away for a while: a worker goes on when it is back.
func TestDatabaseComesBack(t *testing.T) {
	p := queuetest.StartPostgres(t)
	url, err := p.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := submitted(t, url, 3)
	begun := make(chan bool, 100)
	works(t, url, quick("one"), func(ctx context.Context, _ Unit) error {
		begun <- true
		select {
		case <-time.After(time.Second):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	<-begun
	p.Stop()
	time.Sleep(1500 * time.Millisecond)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, q, "a", Finished)
}
