package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/setup"
)

func doctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "List every part: what is there, what is missing, what to do",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := home.Dir()
			if err != nil {
				return err
			}
			layout := setup.Paths(folder)
			findings, err := setup.Check(cmd.Context(), layout)
			if err != nil {
				return err
			}
			return examine(append(findings, backend()), layout)
		},
	}
}

// backend tells whether models can run at all.
func backend() setup.Finding {
	f := setup.Finding{Part: "compute backend", Needed: true, Where: model.BackendOrigin(), Remedy: "set ALNB_BACKEND to another, or run make setup"}
	_, err := model.Backend()
	if f.OK = err == nil; !f.OK {
		f.Where = err.Error()
	}
	return f
}

// examine prints what was found. Its error says that the main job can't run.
func examine(findings []setup.Finding, layout setup.Layout) error {
	table := chart.Table{Columns: []chart.Column{{Name: ""}, {Name: "Part"}, {Name: "Version"}, {Name: "Where"}}}
	var remedies []string
	parts := make(map[string][]string) // by what helps them
	broken := false
	for _, f := range findings {
		mark := "ok"
		if !f.OK {
			mark = "--"
			if f.Needed {
				mark, broken = "MISSING", true
			}
			if parts[f.Remedy] == nil {
				remedies = append(remedies, f.Remedy)
			}
			parts[f.Remedy] = append(parts[f.Remedy], f.Part)
		}
		table.Rows = append(table.Rows, []string{mark, f.Part, f.Version, f.Where})
	}
	fmt.Print(table.Text())
	for _, remedy := range remedies {
		fmt.Printf("%s: %s\n", strings.Join(parts[remedy], ", "), remedy)
	}
	fmt.Println("\nTo use alnb in a terminal, in a JupyterLab of your own, and as a module of another program (go get), a shell needs:")
	for _, line := range layout.Exports() {
		fmt.Println("  " + line)
	}
	if broken {
		return errors.New("doctor: what is MISSING above is needed")
	}
	return nil
}

func cache() *cobra.Command {
	cmd := &cobra.Command{Use: "cache", Short: "Show and clean what lies in alnb's folder", Args: cobra.NoArgs}
	cmd.AddCommand(
		&cobra.Command{
			Use: "show", Short: "List what lies in alnb's folder, with sizes", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return list(setup.Layout.Cached, "in all") },
		},
		&cobra.Command{
			Use: "clean", Short: "Remove what comes back when it is needed: downloads from the hub, compiled programs, texts as sub-words", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return list(setup.Layout.Clean, "removed") },
		})
	return cmd
}

// list prints items and their sum.
func list(items func(setup.Layout) ([]setup.Item, error), sum string) error {
	folder, err := home.Dir()
	if err != nil {
		return err
	}
	found, err := items(setup.Paths(folder))
	if err != nil {
		return err
	}
	table := chart.Table{Columns: []chart.Column{{Name: "MB", Numbers: true}, {Name: "What"}, {Name: "Where"}}}
	total := int64(0)
	for _, item := range found {
		total += item.Size
		table.Rows = append(table.Rows, []string{fmt.Sprintf("%.1f", float64(item.Size)/1e6), item.What, item.Path})
	}
	table.Rows = append(table.Rows, []string{fmt.Sprintf("%.1f", float64(total)/1e6), sum, folder})
	_, err = os.Stdout.WriteString(table.Text())
	return err
}
