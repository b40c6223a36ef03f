package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
)

// onSession runs a command on the session in the folder that is its first argument.
func onSession(run func(ctx context.Context, s *alnb.Session) error) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := alnb.OpenSession(cmd.Context(), args[0], registry())
		if err != nil {
			return err
		}
		defer s.Close()
		return run(cmd.Context(), s)
	}
}
