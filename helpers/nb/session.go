package nb

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/helpers/export"
	"github.com/alnb/alnb/helpers/report"
	"github.com/alnb/alnb/helpers/serve"
	"github.com/alnb/alnb/helpers/setup"
)

// OpenSession begins a session in the folder dir, or opens the one that is there: from then on it does what config says.
func OpenSession(dir string, config alnb.SessionConfig) *alnb.Session {
	s, err := alnb.CreateSession(context.Background(), dir, config)
	if err != nil {
		exit(newScreen(), fmt.Sprintf("The session in %s can't be opened: %v", dir, err))
	}
	return s
}

// Annotate shows the page on which the session's documents are labeled, n at a time, in the cell and as a link, and returns:
// labels and trainings go on without the notebook. It starts the session's server where none runs.
//
// Where the browser is elsewhere, as with JupyterHub, the page comes through jupyter-server-proxy: below
// $JUPYTERHUB_SERVICE_PREFIX, or the path that $ALNB_PROXY names, such as /proxy. $ALNB_HOST names what stands before that path
// in the browser, such as hub.example.org, where that is not this machine.
func Annotate(s *alnb.Session, n int) {
	screen := newScreen()
	if err := annotate(s, screen, n); err != nil {
		exit(screen, err.Error())
	}
	screen.close()
}

func annotate(s *alnb.Session, screen screen, n int) error {
	ctx := context.Background()
	if err := s.SetBatch(ctx, n); err != nil {
		return err
	}
	folder, err := home.Dir()
	if err != nil {
		return err
	}
	holder, err := serve.Ensure(ctx, s, setup.Paths(folder).Alnb, proxyHosts()...)
	if err != nil {
		return err
	}
	address := holder.URL
	if proxy := proxyPath(); proxy != "" {
		if address, err = serve.Through(proxy, address); err != nil {
			return err
		}
	}
	screen.frame(address)
	return nil
}

// proxyPath is where jupyter-server-proxy is reached; empty where the browser is on this machine.
func proxyPath() string {
	if path := os.Getenv("ALNB_PROXY"); path != "" {
		return path
	}
	if prefix := os.Getenv("JUPYTERHUB_SERVICE_PREFIX"); prefix != "" {
		return strings.TrimSuffix(prefix, "/") + "/proxy"
	}
	return ""
}

// proxyHosts are the names under which the browser reaches a proxy, which passes them on: this machine's own with any port, those
// that $ALNB_HOST lists, and those by which a JupyterHub says that it is known. There are none where there is no proxy.
func proxyHosts() []string {
	if proxyPath() == "" {
		return nil
	}
	hosts := []string{"localhost", "127.0.0.1", "[::1]"}
	for host := range strings.SplitSeq(os.Getenv("ALNB_HOST"), ",") {
		if host = strings.TrimSpace(host); host != "" {
			hosts = append(hosts, host)
		}
	}
	for _, name := range []string{"JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_PUBLIC_HUB_URL", "JUPYTERHUB_HOST"} {
		if u, err := url.Parse(os.Getenv(name)); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// frame is a page in a cell.
var frame = template.Must(template.New("frame").Parse(
	`<iframe src="{{.}}" title="Labeling page" style="width:100%;height:640px;border:1px solid #ccc;border-radius:6px" ` +
		`allow="clipboard-write" loading="eager"></iframe>` +
		`<div style="font-family:system-ui,sans-serif;font-size:13px"><a href="{{.}}" target="_blank" rel="noopener">Open the page by itself</a></div>`))

// Wait shows how far the open batch is until all of it is judged, or the time is out. Where a notebook runs headlessly it
// doesn't wait.
func Wait(s *alnb.Session, limit time.Duration) {
	screen := newScreen()
	if Headless() {
		screen.line("Nobody is there to wait for.")
		screen.close()
		return
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	sentence, err := wait(ctx, s, screen)
	if err != nil {
		exit(screen, err.Error())
	}
	screen.line(sentence)
	screen.close()
}

func wait(ctx context.Context, s *alnb.Session, screen screen) (string, error) {
	background := context.WithoutCancel(ctx)
	first, err := s.Status(background)
	if err != nil {
		return "", err
	}
	bar, began := screen.newBar(), time.Now()
	for {
		now, err := s.Status(background)
		if err != nil {
			return "", err
		}
		// The server opens the next batch as soon as this one is done, so that what is left says nothing.
		judged := min(first.Batch-first.Left+now.Judged()-first.Judged(), first.Batch)
		done := judged == first.Batch
		screen.progress(bar, status{
			share: float64(judged) / float64(max(first.Batch, 1)), ended: done || ctx.Err() != nil, elapsed: time.Since(began),
			activity: fmt.Sprintf("%d of %d documents judged", judged, first.Batch),
		})
		switch {
		case done:
			return fmt.Sprintf("All %d documents are judged.", first.Batch), nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return fmt.Sprintf("The time is out; %d of %d documents are left. Run the cell again to wait on.", first.Batch-judged, first.Batch), nil
		case ctx.Err() != nil:
			return "", errors.New("interrupted; what is judged is kept")
		}
		select {
		case <-ctx.Done():
		case <-time.After(screen.interval()):
		}
	}
}

// Headless tells whether a notebook runs without a front end, so that nobody can answer: "alnb notebook run" sets
// $ALNB_HEADLESS.
func Headless() bool { return os.Getenv("ALNB_HEADLESS") != "" }

// Beside is the path of a file that lies beside the notebook, or below its folder. "alnb notebook run" executes notebooks
// elsewhere, and says in $ALNB_NOTEBOOKS where they lie.
func Beside(path string) string {
	if folder := os.Getenv("ALNB_NOTEBOOKS"); folder != "" && !filepath.IsAbs(path) {
		return filepath.Join(folder, path)
	}
	return path
}

// Simulate has an oracle answer the open batch, which knows the labels of the source, and waits until a model is trained on
// them: where a notebook runs headlessly. Where a person can answer it does nothing.
func Simulate(s *alnb.Session, source corpus.PoolSource) {
	screen := newScreen()
	if !Headless() {
		screen.line("Nothing is simulated: label the batch on the page.")
		screen.close()
		return
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	sentence, err := simulate(ctx, s, source)
	if err != nil {
		exit(screen, err.Error())
	}
	screen.line(sentence)
	screen.close()
}

// trainsWithin is how long Simulate waits for the server's model.
const trainsWithin = 5 * time.Minute

func simulate(ctx context.Context, s *alnb.Session, source corpus.PoolSource) (string, error) {
	oracle, err := alnb.GoldOracle(ctx, source)
	if err != nil {
		return "", err
	}
	n, err := s.Answer(ctx, oracle)
	if err != nil {
		return "", err
	}
	answered := fmt.Sprintf("Nobody is there: an oracle has labeled %d documents. ", n)
	for began := time.Now(); time.Since(began) < trainsWithin; {
		status, err := s.Status(ctx)
		if err != nil {
			return "", err
		}
		if status.Holder == nil {
			trained, err := s.Train(ctx, nil)
			return answered + trained.String(), err
		}
		if last := len(status.Models) - 1; last >= 0 && status.Models[last].Labeled == status.Counts.Labeled {
			return answered + status.Models[last].String(), nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("the session's server has trained no model within %s; see %s", trainsWithin, filepath.Join(s.Dir(), serve.LogFile))
}

// Train trains the session's model in this cell, on what is labeled: for when no server does.
func Train(s *alnb.Session) {
	screen := newScreen()
	ctx, stop := interruptible(context.Background())
	defer stop()
	m := newMonitor(screen, time.Now)
	trained, err := s.Train(ctx, m.report)
	switch {
	case errors.Is(err, context.Canceled):
		m.end("Interrupted.")
		exit(screen, "Interrupted; what is labeled is kept. Run the cell again to train.")
	case err != nil:
		m.end("Stopped by an error.")
		exit(screen, err.Error())
	}
	m.finish()
	screen.line(trained.String())
	screen.close()
}

// Report shows how far the session is: what is labeled, how good the models are, and what speaks for an end.
func Report(s *alnb.Session) {
	screen := newScreen()
	if err := showSession(s, screen); err != nil {
		exit(screen, err.Error())
	}
	screen.close()
}

func showSession(s *alnb.Session, screen screen) error {
	status, err := s.Status(context.Background())
	if err != nil {
		return err
	}
	advice, err := status.Advice()
	if err != nil {
		return err
	}
	name := s.About().Name
	if err := screen.table(report.SessionTable(name, status)); err != nil {
		return err
	}
	if len(status.Curve().Points) > 0 {
		curve := report.SessionCurve(name, status)
		if err := screen.chart(curve.Title, curve, curve.Alt()); err != nil {
			return err
		}
	}
	return screen.table(report.AdviceTable(advice))
}

// ExportModel copies the session's last model into the folder out, in Hugging Face's form, with a model card.
func ExportModel(s *alnb.Session, out string) {
	screen := newScreen()
	if err := export.Model(context.Background(), s, out); err != nil {
		exit(screen, err.Error())
	}
	screen.line("The model is in " + out + ", with its card, README.md.")
	screen.close()
}

// ExportLabels writes all documents with what people said about them into a file: its form is one of datasets.Forms.
func ExportLabels(s *alnb.Session, form, out string) {
	screen := newScreen()
	write := func(w io.Writer) error { return export.Documents(context.Background(), w, s, form, nil) }
	if err := store.WriteStream(out, write); err != nil {
		exit(screen, err.Error())
	}
	screen.line("The labels are in " + out + ".")
	screen.close()
}
