// Command alnb does from a terminal what the notebooks do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/helpers/headless"
	"github.com/alnb/alnb/helpers/nb"
	"github.com/alnb/alnb/helpers/setup"
)

func main() {
	adoptHome()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "alnb: interrupted")
		os.Exit(nb.InterruptedCode)
	default:
		fmt.Fprintln(os.Stderr, "alnb:", discreet(err.Error(), os.Args[1:]))
		os.Exit(1)
	}
}

// adoptHome makes the folder this program was installed in, as DIR/bin/alnb, alnb's folder where ALNB_HOME names none.
func adoptHome() {
	if os.Getenv("ALNB_HOME") != "" {
		return
	}
	program, err := os.Executable()
	if err != nil {
		return
	}
	if folder := filepath.Dir(filepath.Dir(program)); setup.Made(folder) {
		os.Setenv("ALNB_HOME", folder)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "alnb",
		Short:         "Deep active learning on text",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(predict(), queryCommand(), distill(), serveCommand(), reviewCommand(), backupCommand(), importCommand(), exportCommand(), evalCommand(), experimentCommand(), workerCommand(), headless.NewCommand(), doctor(), cache(), setupCommand())
	return cmd
}
