// Command alnb does from a terminal what the notebooks do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/helpers/headless"
)

// interruptedCode is a shell's exit code for a program ended by SIGINT.
const interruptedCode = 130

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "alnb: interrupted")
		os.Exit(interruptedCode)
	default:
		fmt.Fprintln(os.Stderr, "alnb:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "alnb",
		Short:         "Deep active learning on text",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(predict(), headless.NewCommand())
	return cmd
}
