// Command alnb does from a terminal what the notebooks do.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/helpers/headless"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "alnb:", err)
		stop()
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
