package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Class is one that documents, or spans, can be given. Classes are never removed, and their numbers never change.
type Class struct {
	Number int
	Name   string
	Into   int // the class that it was merged into; -1: it is one of its own
}

// classes are all of a session, by number.
type classes struct {
	all     []Class
	numbers map[string]int // by name
}

func readClasses(tx *sql.Tx) (*classes, error) {
	c := &classes{numbers: make(map[string]int)}
	err := rows(tx, func(row *sql.Rows) error {
		class := Class{Into: -1}
		var into sql.NullInt64
		if err := row.Scan(&class.Number, &class.Name, &into); err != nil {
			return err
		}
		if into.Valid {
			class.Into = int(into.Int64)
		}
		if class.Number != len(c.all) {
			return fmt.Errorf("class %d is missing; the database is damaged: restore the latest backup", len(c.all))
		}
		c.all, c.numbers[class.Name] = append(c.all, class), class.Number
		return nil
	}, "SELECT number, name, went_into FROM classes ORDER BY number")
	return c, err
}

func (c *classes) own(number int) Class { return Own(c.all, number) }

// Own is the class that the one with this number counts for, of all of a session: itself, or the one it went into, perhaps by
// way of others.
func Own(all []Class, number int) Class {
	class := all[number]
	for range all {
		if class.Into < 0 {
			break
		}
		class = all[class.Into]
	}
	return class
}

// find returns the class of this name. Where it was renamed, the error says so.
func (c *classes) find(tx *sql.Tx, name string) (Class, error) {
	if number, ok := c.numbers[name]; ok {
		return c.all[number], nil
	}
	var number int
	err := tx.QueryRow("SELECT class FROM class_events WHERE kind = 'rename' AND was = ? ORDER BY seq DESC LIMIT 1", name).
		Scan(&number)
	switch {
	case err == nil:
		return Class{}, fmt.Errorf("there is no class %q any more; it is called %q now", name, c.all[number].Name)
	case !errors.Is(err, sql.ErrNoRows):
		return Class{}, err
	case len(c.all) == 0:
		return Class{}, fmt.Errorf("there is no class %q; the session has none yet: add it first", name)
	}
	var some []string
	for _, class := range c.all[:min(10, len(c.all))] {
		some = append(some, class.Name)
	}
	return Class{}, fmt.Errorf("there is no class %q; the first of %d are %q", name, len(c.all), some)
}

// Classes returns all classes by number, those that went into another included.
func (s *Session) Classes(ctx context.Context) (all []Class, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		c, err := readClasses(tx)
		all = c.all
		return err
	})
	return all, err
}

// AddClass adds a class, at the end. The name of a class that is there is refused.
func (s *Session) AddClass(ctx context.Context, name, annotator string) (class Class, err error) {
	err = s.changeClasses(ctx, func(tx *sql.Tx, c *classes) error {
		if err := c.free(name); err != nil {
			return err
		}
		class = Class{Number: len(c.all), Name: name, Into: -1}
		return addClass(tx, class, annotator, time.Now())
	})
	if err != nil {
		return Class{}, err
	}
	return class, nil
}

func addClass(tx *sql.Tx, class Class, annotator string, at time.Time) error {
	if _, err := tx.Exec("INSERT INTO classes (number, name) VALUES (?, ?)", class.Number, class.Name); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO class_events (kind, class, name, annotator, at) VALUES ('add', ?, ?, ?, ?)",
		class.Number, class.Name, annotator, at.UnixMicro())
	return err
}

// RenameClass gives a class another name. What was labeled with it has the new name from now on.
func (s *Session) RenameClass(ctx context.Context, from, to, annotator string) error {
	return s.changeClasses(ctx, func(tx *sql.Tx, c *classes) error {
		class, err := c.find(tx, from)
		if err != nil {
			return err
		}
		if class.Into >= 0 {
			return fmt.Errorf("the class %q went into %q, and can't be renamed", from, c.own(class.Number).Name)
		}
		if err := c.free(to); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE classes SET name = ? WHERE number = ?", to, class.Number); err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO class_events (kind, class, name, was, annotator, at) VALUES ('rename', ?, ?, ?, ?, ?)",
			class.Number, to, from, annotator, time.Now().UnixMicro())
		return err
	})
}

// MergeClass makes all that was or will be labeled with the class from count for the class into. It is kept as an
// event: judgments stay as they are, and are read accordingly.
func (s *Session) MergeClass(ctx context.Context, from, into, annotator string) error {
	return s.changeClasses(ctx, func(tx *sql.Tx, c *classes) error {
		class, err := c.find(tx, from)
		if err != nil {
			return err
		}
		target, err := c.find(tx, into)
		if err != nil {
			return err
		}
		switch {
		case class.Number == target.Number:
			return fmt.Errorf("the class %q can't be merged into itself", from)
		case class.Into >= 0:
			return fmt.Errorf("the class %q went into %q already", from, c.own(class.Number).Name)
		case c.own(target.Number).Number == class.Number:
			return fmt.Errorf("the class %q went into %q; the other way round would make a circle", into, from)
		}
		if _, err := tx.Exec("UPDATE classes SET went_into = ? WHERE number = ?", target.Number, class.Number); err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO class_events (kind, class, name, went_into, annotator, at) VALUES ('merge', ?, ?, ?, ?, ?)",
			class.Number, class.Name, target.Number, annotator, time.Now().UnixMicro())
		return err
	})
}

func (s *Session) changeClasses(ctx context.Context, change func(tx *sql.Tx, c *classes) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		c, err := readClasses(tx)
		if err != nil {
			return err
		}
		return change(tx, c)
	})
}

// free refuses a name that a class can't have, or has.
func (c *classes) free(name string) error {
	if err := checkClassName(name); err != nil {
		return err
	}
	number, taken := c.numbers[name]
	switch {
	case !taken:
		return nil
	case c.all[number].Into >= 0:
		return fmt.Errorf("there is a class %q already; it went into %q", name, c.own(number).Name)
	}
	return fmt.Errorf("there is a class %q already", name)
}
