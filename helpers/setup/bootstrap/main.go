// Bootstrap runs setup where there is no alnb program yet, as it builds without cgo: go run ./helpers/setup/bootstrap
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/setup"
)

func main() {
	only := flag.String("only", "", "make only these `parts`, separated by commas")
	uninstall := flag.Bool("uninstall", false, "remove everything that setup made")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *uninstall); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, uninstall bool) error {
	folder, err := home.Dir()
	if err != nil {
		return err
	}
	checkout, err := setup.Checkout(".")
	if err != nil {
		return err
	}
	if uninstall {
		return setup.Uninstall(folder, checkout, os.Stderr)
	}
	cfg := setup.Config{Home: folder, Checkout: checkout, Log: os.Stderr}
	if only != "" {
		cfg.Only = strings.Split(only, ",")
	}
	return setup.Run(ctx, cfg)
}
