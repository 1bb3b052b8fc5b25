package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

const prefix = "/api/v1"

// description is what is read of an OpenAPI document.
type description struct {
	Paths      map[string]map[string]*operation `yaml:"paths"`
	Components struct {
		Schemas map[string]*schema `yaml:"schemas"`
	} `yaml:"components"`
}

// operation is one thing that can be asked for.
type operation struct {
	method, path string

	ID         string   `yaml:"operationId"`
	Summary    string   `yaml:"summary"`
	Doc        string   `yaml:"description"`
	Tags       []string `yaml:"tags"`
	Parameters []struct {
		In       string  `yaml:"in"`
		Name     string  `yaml:"name"`
		Required bool    `yaml:"required"`
		Schema   *schema `yaml:"schema"`
	} `yaml:"parameters"`
	RequestBody *struct {
		Required bool             `yaml:"required"`
		Content  map[string]media `yaml:"content"`
	} `yaml:"requestBody"`
	Responses map[string]struct {
		Content map[string]media `yaml:"content"`
	} `yaml:"responses"`

	Rights []string `yaml:"x-quartet-rights"`
	Fresh  bool     `yaml:"x-quartet-fresh"`
	Once   bool     `yaml:"x-quartet-once"`
}

type media struct {
	Schema *schema `yaml:"schema"`
}

// schema is what a value looks like.
type schema struct {
	Ref         string             `yaml:"$ref"`
	Type        any                `yaml:"type"` // a text, or a list with null in it
	Format      string             `yaml:"format"`
	Description string             `yaml:"description"`
	Enum        []any              `yaml:"enum"`
	Default     any                `yaml:"default"`
	Maximum     int                `yaml:"maximum"`
	Items       *schema            `yaml:"items"`
	Properties  map[string]*schema `yaml:"properties"`
	Required    []string           `yaml:"required"`
	More        any                `yaml:"additionalProperties"`
	Pattern     string             `yaml:"x-quartet-pattern"`
	Zero        bool               `yaml:"x-quartet-zero"`
}

// kind is the type, without null.
func (s *schema) kind() string {
	if list, ok := s.Type.([]any); ok {
		return fmt.Sprint(list[0])
	}
	kind, _ := s.Type.(string)
	return kind
}

func (s *schema) name() string { return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:] }

func read(path string) (*description, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &description{}
	if err := yaml.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for path, at := range d.Paths {
		for method, op := range at {
			op.method, op.path = strings.ToUpper(method), strings.TrimPrefix(path, prefix)
		}
	}
	return d, nil
}

// byTag is the operations of each noun, by path.
func (d *description) byTag() map[string][]*operation {
	all := map[string][]*operation{}
	for _, at := range d.Paths {
		for _, op := range at {
			all[op.Tags[0]] = append(all[op.Tags[0]], op)
		}
	}
	for _, ops := range all {
		slices.SortFunc(ops, func(a, b *operation) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	}
	return all
}

// answer is what is answered when all goes well.
func (op *operation) answer() (kind string, s *schema) {
	for status, r := range op.Responses {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		for kind, m := range r.Content {
			return kind, m.Schema
		}
	}
	return "", nil
}

// body is what is sent.
func (op *operation) body() (kind string, s *schema) {
	if op.RequestBody != nil {
		for kind, m := range op.RequestBody.Content {
			return kind, m.Schema
		}
	}
	return "", nil
}
