package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/datasets"
)

func importCommand() *cobra.Command {
	var i importing
	cmd := &cobra.Command{
		Use:   "import DIR --in F",
		Short: "Read labels from a file into a session",
		Long: `Reads labels of documents that the session in DIR has: from JSON lines as "alnb export" writes them, Label Studio's JSON
(.json), or CoNLL. Documents are found by their IDs, or else by their texts or words. All labels are kept or none; the same file
again changes nothing. Documents of the test split are passed over.`,
		Args: cobra.ExactArgs(1),
		RunE: onSession(func(ctx context.Context, s *alnb.Session) error { return i.run(ctx, s) }),
	}
	cmd.Flags().StringVar(&i.in, "in", "", "the file to read")
	cmd.Flags().BoolVar(&i.skipBad, "skip-bad", false, "report documents and classes that the session doesn't have, and go on")
	cmd.MarkFlagRequired("in")
	return cmd
}

// importing is what the command's flags say.
type importing struct {
	in      string
	skipBad bool
}

func (i importing) run(ctx context.Context, s *alnb.Session) error {
	f, err := newFinder(ctx, s)
	if err != nil {
		return err
	}
	test, bad := 0, 0
	docs := func(yield func(corpus.Judged, error) bool) {
		for doc, err := range datasets.ReadPlaced(i.in, f.labels) {
			switch {
			case err == nil && doc.Test:
				test++
				continue
			case err == nil && doc.Judgment == nil:
				continue
			case err == nil:
				if doc.ID, err = f.find(doc.Judged); err != nil {
					err = fmt.Errorf("%s, %s: %w", i.in, doc.Place, err)
				}
				if err != nil && i.skipBad {
					fmt.Fprintln(os.Stderr, "import:", err)
					bad++
					continue
				}
			}
			if !yield(doc.Judged, err) || err != nil {
				return
			}
		}
	}
	given, kept, err := s.Import(ctx, docs)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "import: %d of %d labels are new\n", kept, given)
	if test > 0 {
		fmt.Fprintf(os.Stderr, "import: %d documents of the test split were passed over\n", test)
	}
	if bad > 0 {
		fmt.Fprintf(os.Stderr, "import: %d bad ones were skipped\n", bad)
	}
	return nil
}

// A finder finds the documents of a session's pool again.
type finder struct {
	labels datasets.Labels
	known  []string // classes, those that went into others included
	index  datasets.Index
	ids    []string
	times  map[string]int // that documents with the same content came up
}

func newFinder(ctx context.Context, s *alnb.Session) (*finder, error) {
	f := &finder{labels: datasets.Labels{Spans: s.About().Spans}, times: make(map[string]int)}
	classes, err := s.AllClasses(ctx)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		f.known = append(f.known, class.Name)
	}
	for doc, err := range s.Judged(ctx, nil) {
		if err != nil {
			return nil, err
		}
		if !doc.Test {
			f.index.Add(doc.Document)
			f.ids = append(f.ids, doc.ID)
		}
	}
	return f, nil
}

// find returns the document's ID in the session. Where several have its content, it is the first's the first time, then the
// second's, and so on.
func (f *finder) find(doc corpus.Judged) (string, error) {
	found, err := f.index.Find(doc.Document)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0 && doc.ID != "":
		return "", fmt.Errorf("the session has no document %.60q, and none with this content", doc.ID)
	case len(found) == 0:
		return "", errors.New("the session has no document with this content")
	}
	names := []string{doc.Judgment.Class}
	if f.labels.Spans || doc.Judgment.Verdict != corpus.Labeled {
		names = nil
	}
	for _, span := range doc.Judgment.Spans {
		names = append(names, span.Type)
	}
	for _, name := range names {
		if !slices.Contains(f.known, name) {
			return "", fmt.Errorf("the session has no class %.60q; add it on the labeling page first", name)
		}
	}
	key := fmt.Sprint(found)
	n := f.times[key]
	f.times[key]++
	return f.ids[found[min(n, len(found)-1)]], nil
}
