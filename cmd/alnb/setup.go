package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/helpers/setup"
)

func setupCommand() *cobra.Command {
	var only string
	cmd := &cobra.Command{
		Use:   "setup [--only PART,...]",
		Short: "Make what is missing of alnb's folder",
		Long: `Make what is missing of alnb's folder ($ALNB_HOME): the tokenizer's library, XLA's plugin, JupyterLab, GoNB, weights. In
a checkout of alnb also the program alnb and the kernel "Go (alnb)", as make setup does.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checkout, err := setup.Checkout(".")
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			cfg := setup.Config{Checkout: checkout, Log: os.Stderr}
			if only != "" {
				cfg.Only = strings.Split(only, ",")
			}
			return setup.Run(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVar(&only, "only", "", "make only these parts")
	return cmd
}
