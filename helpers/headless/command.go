package headless

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// NewCommand returns `alnb notebook` with its subcommand run. Run's error stands for exit code 1.
func NewCommand() *cobra.Command {
	notebook := &cobra.Command{Use: "notebook", Short: "Execute notebooks without a browser", Args: cobra.NoArgs}
	notebook.AddCommand(newRunCommand())
	return notebook
}

func newRunCommand() *cobra.Command {
	var out string
	var timeout time.Duration
	run := &cobra.Command{
		Use:   "run NOTEBOOK.ipynb --out DIR",
		Short: "Execute a notebook and write it with its outputs, as .ipynb and as an offline page",
		Long: `Executes all cells of a notebook with the kernel "Go (alnb)" and writes DIR/NAME.ipynb and DIR/NAME.html, also when
a cell fails: then with the outputs so far and the error, and exit code 1. Cells run with DIR as their working directory.
The page needs no network. Progress goes to stderr, the path of the page to stdout.`,
		Args:          cobra.ExactArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, timeout, errors.New("it took longer than "+timeout.String()))
				defer cancel()
			}
			err := Run(ctx, Config{Notebook: args[0], OutDir: out, Log: cmd.ErrOrStderr()})
			if err == nil {
				name := strings.TrimSuffix(filepath.Base(args[0]), ".ipynb") + ".html"
				fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(out, name))
			}
			return err
		},
	}
	run.Flags().StringVar(&out, "out", "", "folder for the executed notebook and its page (made where missing)")
	run.Flags().DurationVar(&timeout, "timeout", 0, "stop after this long, such as 30m (default: never)")
	_ = run.MarkFlagRequired("out")
	return run
}
