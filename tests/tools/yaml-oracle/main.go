// The yaml-oracle says what Go makes of YAML and JSON: it reads a list of cases from its input and writes the same
// list with Go's answers.
//
//	go run . < ../../../common/manifest/tests/go_yaml.json > answered.json
//
// A case is {"kind", "in", "out"}; "out" is null where Go reports an error.
//
//	read   a YAML document                 -> the JSON text that sigs.k8s.io/yaml makes of it
//	text   a YAML document {v: {key: …}}   -> the JSON text of v read as a map of strings
//	print  a JSON text                     -> the YAML text that sigs.k8s.io/yaml prints
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

type testCase struct {
	Kind string  `json:"kind"`
	In   string  `json:"in"`
	Out  *string `json:"out"`
}

func answer(kind, in string) (out []byte, err error) {
	// yaml.v2 panics on some broken input.
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	switch kind {
	case "read":
		return yaml.YAMLToJSON([]byte(in))
	case "text":
		var holder struct {
			V map[string]string `json:"v"`
		}
		if err := yaml.Unmarshal([]byte(in), &holder); err != nil {
			return nil, err
		}
		return json.Marshal(holder.V)
	case "print":
		return yaml.JSONToYAML([]byte(in))
	}
	return nil, fmt.Errorf("no such kind: %s", kind)
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprint(out, "[")
	for i, c := range cases {
		c.Out = nil
		if text, err := answer(c.Kind, c.In); err == nil {
			s := string(text)
			c.Out = &s
		}
		line, err := json.Marshal(c)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if i > 0 {
			fmt.Fprint(out, ",")
		}
		fmt.Fprintf(out, "\n%s", line)
	}
	fmt.Fprintln(out, "\n]")
}
