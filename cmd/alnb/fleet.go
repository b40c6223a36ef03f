package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/fleet"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
	"github.com/alnb/alnb/helpers/report"
)

// The environment variables that the URLs are taken from where no flag gives them: what a command's line says, everybody on the
// machine can read.
const (
	queueVariable = "ALNB_QUEUE"
	storeVariable = "ALNB_STORE"
)

// places are where units wait, and where what they make goes.
type places struct{ queue, store string }

func (p *places) queueFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.queue, "queue", "", "URL of the queue: postgres://… or sqlite:///path/of/file.db (default: $"+queueVariable+")")
}

func (p *places) storeFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.store, "store", "", "URL of the store: a folder, s3://…, gs://… or azblob://… (default: $"+storeVariable+")")
}

func (p *places) queueURL() string { return cmp.Or(p.queue, os.Getenv(queueVariable)) }

func (p *places) storeURL() string { return cmp.Or(p.store, os.Getenv(storeVariable)) }

func (p *places) openQueue(ctx context.Context) (*queue.Queue, error) {
	return p.queueBy(ctx, queue.Open)
}

// existingQueue opens a queue that is only asked.
func (p *places) existingQueue(ctx context.Context) (*queue.Queue, error) {
	return p.queueBy(ctx, queue.OpenExisting)
}

func (p *places) queueBy(ctx context.Context, open func(context.Context, string) (*queue.Queue, error)) (*queue.Queue, error) {
	if p.queueURL() == "" {
		return nil, errors.New("give the queue's URL with --queue, or in " + queueVariable)
	}
	return open(ctx, p.queueURL())
}

func (p *places) openStore(ctx context.Context) (*bucket.Bucket, error) {
	return p.storeBy(ctx, bucket.Open)
}

// existingStore opens a store that is only read.
func (p *places) existingStore(ctx context.Context) (*bucket.Bucket, error) {
	return p.storeBy(ctx, bucket.OpenExisting)
}

func (p *places) storeBy(ctx context.Context, open func(context.Context, string) (*bucket.Bucket, error)) (*bucket.Bucket, error) {
	if p.storeURL() == "" {
		return nil, errors.New("give the store's URL with --store, or in " + storeVariable)
	}
	return open(ctx, p.storeURL())
}

func (p *places) open(ctx context.Context) (*queue.Queue, *bucket.Bucket, error) {
	q, err := p.openQueue(ctx)
	if err != nil {
		return nil, nil, err
	}
	b, err := p.openStore(ctx)
	if err != nil {
		q.Close()
		return nil, nil, err
	}
	return q, b, nil
}

// discreet is what a command says without the URLs with passwords or options that its line had where they don't belong, such as instead of
// an experiment's ID.
func discreet(said string, line []string) string {
	for _, arg := range line {
		if flag, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(flag, "-") {
			arg = value
		}
		scheme, rest, ok := strings.Cut(arg, "://")
		if !ok || !strings.ContainsAny(rest, "@?") {
			continue
		}
		quoted := strconv.Quote(arg)
		said = strings.NewReplacer(arg, scheme+"://…", quoted[1:len(quoted)-1], scheme+"://…").Replace(said)
	}
	return said
}

func experimentSubmit() *cobra.Command {
	var at places
	cmd := &cobra.Command{
		Use:   "submit EXP.yaml --queue URL --store URL",
		Short: "Have an experiment run by workers",
		Long: `Puts the units of an experiment, an arm with a seed each, into a queue, for workers to do; prints the experiment's ID. It is made
of the experiment and its data: submitted again, only units that failed or were cancelled are queued once more.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := readExperiment(args[0])
			if err != nil {
				return err
			}
			q, b, err := at.open(cmd.Context())
			if err != nil {
				return err
			}
			defer q.Close()
			defer b.Close()
			s, err := fleet.SubmitExperiment(cmd.Context(), q, b, e)
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%d units, %d of them added to the queue; they wait for workers of the version %s\n", s.Units, s.Added, fleet.Version())
			fmt.Fprintln(cmd.OutOrStdout(), s.ID)
			return nil
		},
	}
	at.queueFlag(cmd)
	at.storeFlag(cmd)
	return cmd
}

func readExperiment(path string) (alnb.Experiment, error) {
	raw, err := spec.ReadFile(path)
	if err != nil {
		return alnb.Experiment{}, err
	}
	e, err := alnb.Parse(raw, registry())
	if err != nil {
		return e, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

func experimentStatus() *cobra.Command {
	var at places
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status ID --queue URL",
		Short: "Say what has become of an experiment's units",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := at.existingQueue(cmd.Context())
			if err != nil {
				return err
			}
			defer q.Close()
			s, err := fleet.Status(cmd.Context(), q, args[0], "")
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(unitRows(s))
			}
			_, err = io.WriteString(cmd.OutOrStdout(), report.UnitsTable(args[0], unitRows(s)).Text())
			return err
		},
	}
	at.queueFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// unitRows are the units as people and cells are to read them.
func unitRows(s fleet.Summary) []report.Unit {
	rows := []report.Unit{}
	for _, u := range s.Units {
		row := report.Unit{Unit: u.Label, State: string(u.State), Since: u.Since.UTC().Round(time.Second), Worker: u.Worker, Deaths: u.Deaths, Why: u.Error}
		if u.State == queue.Waiting && u.Version != fleet.Version() {
			row.Why = fmt.Sprintf("it waits for a worker of the version %s; this is %s", u.Version, fleet.Version())
		}
		rows = append(rows, row)
	}
	return rows
}

func experimentCancel() *cobra.Command {
	var at places
	cmd := &cobra.Command{
		Use:   "cancel ID --queue URL",
		Short: "Have no more units of an experiment done, and end those under way",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := at.existingQueue(cmd.Context())
			if err != nil {
				return err
			}
			defer q.Close()
			if _, err := fleet.Status(cmd.Context(), q, args[0], ""); err != nil {
				return err
			}
			n, err := q.Cancel(cmd.Context(), args[0])
			fmt.Fprintf(os.Stderr, "%d units are cancelled; finished rounds are kept\n", n)
			return err
		},
	}
	at.queueFlag(cmd)
	return cmd
}

func experimentFetch() *cobra.Command {
	var at places
	var dir string
	cmd := &cobra.Command{
		Use:   "fetch ID --store URL --dir DIR",
		Short: "Bring what workers have finished of an experiment into a run's folder",
		Long: `Brings the finished rounds of an experiment into the folder DIR, which is then as if the experiment had been run in it, and prints
its tables. It may be given again while workers go on.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := at.existingStore(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			if _, err := fleet.FetchExperiment(cmd.Context(), b, args[0], dir, registry()); err != nil {
				return err
			}
			return show(dir, "")
		},
	}
	at.storeFlag(cmd)
	cmd.Flags().StringVar(&dir, "dir", "", "the run's folder (made where missing)")
	cmd.MarkFlagRequired("dir")
	return cmd
}

func workerCommand() *cobra.Command {
	var at places
	var options queue.WorkOptions
	var dir string
	cmd := &cobra.Command{
		Use:   "worker --queue URL --store URL",
		Short: "Do units of work from a queue",
		Long: `Takes units from a queue, one at a time, and puts what they make into the store, until it gets SIGTERM or SIGINT: then the unit
under way may go on for --drain, and is put back for another worker, who goes on from its last finished round. A second signal ends the
worker at once. The unit of a worker that dies is given to another after --lease.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkTimes(options); err != nil {
				return err
			}
			q, b, err := at.open(cmd.Context())
			if err != nil {
				return err
			}
			defer q.Close()
			defer b.Close()
			context.AfterFunc(cmd.Context(), func() { signal.Reset(os.Interrupt, syscall.SIGTERM) }) // the second one ends the process
			own, err := workFolder(dir)
			if err != nil {
				return err
			}
			options.Name = filepath.Base(own)
			if options.Lane, err = fleet.Lane(cmd.Context(), b); err != nil {
				return errors.Join(err, os.RemoveAll(own))
			}
			options.Said = func(sentence string) { fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05"), sentence) }
			w := newWorker(b, own, options.Said)
			options.Said(fmt.Sprintf("%s, of the version %s, waits for units; they make what goes into %s", options.Name, fleet.Version(), b))
			if err := q.Work(cmd.Context(), w.Do, options); err != nil {
				return err // a unit may be under way still: its model isn't closed
			}
			options.Said("stopped")
			return errors.Join(w.Close(), os.RemoveAll(own))
		},
	}
	at.queueFlag(cmd)
	at.storeFlag(cmd)
	cmd.Flags().DurationVar(&options.Lease, "lease", 2*time.Minute, "how long after this worker's last sign of life its unit is given to another")
	cmd.Flags().DurationVar(&options.Drain, "drain", 20*time.Second, "how long the unit under way may go on after the first signal (0: not at all)")
	cmd.Flags().DurationVar(&options.Limit, "limit", 0, "how long one try of a unit may take (0: as long as it does)")
	cmd.Flags().StringVar(&dir, "work-dir", "", "folder for what is under way, which may be lost, of this machine or container alone (default: work in alnb's folder)")
	return cmd
}

// checkTimes finds what is wrong with the worker's times.
func checkTimes(o queue.WorkOptions) error {
	switch {
	case o.Lease < time.Second:
		return fmt.Errorf("worker: --lease is %s; it must be at least 1s", o.Lease)
	case o.Drain < 0:
		return fmt.Errorf("worker: --drain is %s; it must be 0, for not at all, or more", o.Drain)
	case o.Limit < 0:
		return fmt.Errorf("worker: --limit is %s; it must be 0, for as long as it takes, or more", o.Limit)
	}
	return nil
}

// workFolder makes a folder of this process's own, for what is under way, in another; "" is work in alnb's.
func workFolder(in string) (string, error) {
	if in == "" {
		folder, err := home.Dir()
		if err != nil {
			return "", err
		}
		in = filepath.Join(folder, "work")
	}
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	removeWorkOfTheDead(in, host)
	if err := os.MkdirAll(in, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(in, fmt.Sprintf("%s_%d_*", host, os.Getpid())) // no host's name has an underscore
}

// removeWorkOfTheDead removes what processes of this machine left that were killed; what was finished of it is in the store.
func removeWorkOfTheDead(dir, host string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		number, ok := strings.CutPrefix(entry.Name(), host+"_")
		number, _, _ = strings.Cut(number, "_")
		if pid, err := strconv.Atoi(number); ok && err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			os.RemoveAll(filepath.Join(dir, entry.Name()))
		}
	}
}
