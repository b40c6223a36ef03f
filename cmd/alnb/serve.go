package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/serve"
)

func serveCommand() *cobra.Command {
	var o serve.Options
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "Serve a session's labeling page, and train beside it",
		Long: `Serves the page on which people label the documents of the session in DIR, and trains and scores while they do. The page's
address, with the token without which nobody gets in, is printed. It ends when nobody has used it for a while, or when
interrupted: what was labeled is on disk. A notebook's nb.Annotate starts it by itself.`,
		Args: cobra.ExactArgs(1),
		RunE: onSession(func(ctx context.Context, s *alnb.Session) error {
			o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
			o.Ready = func(address string) { fmt.Println(address) }
			err := serve.Serve(ctx, s, o)
			if errors.Is(err, context.Canceled) {
				o.Log.Info("interrupted")
				return nil
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&o.Addr, "addr", "", "address to listen on (127.0.0.1, with the port of the last time)")
	cmd.Flags().DurationVar(&o.Idle, "idle", time.Hour, "end when nobody has used the page for so long")
	cmd.Flags().IntVar(&o.Every, "every", 10, "train after so many new labels")
	cmd.Flags().StringSliceVar(&o.Page.Hosts, "host", nil, "another name under which the page is reached, such as a JupyterHub's")
	return cmd
}

func backupCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "backup DIR --out F",
		Short: "Copy all that a session holds into one file, also while people label",
		Args:  cobra.ExactArgs(1),
		RunE:  onSession(func(ctx context.Context, s *alnb.Session) error { return s.Backup(ctx, out) }),
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write; it must not exist")
	cmd.MarkFlagRequired("out")
	return cmd
}
