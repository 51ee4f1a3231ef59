// The template-oracle says what Go makes of templates, with the functions and the options of upstream's 0.40.0.
//
//	echo '{"id":"1","template":"{{ .u | upper }}","data":{"u":"YWxpY2U="}}' | go run .
//	{"id":"1","output_base64":"QUxJQ0U="}
//
// A question is a line of JSON, and so is its answer, in the same order. A question has an id, a template, the
// template's name ("tpl" where there is none), the texts that it sees (names to base64), and, to measure, how many
// times it is rendered. An answer has the output in base64, or the stage that failed (parse, exec, panic, limit,
// timeout, question) with Go's text (in base64 too, where it is no UTF-8); and where it was rendered several times,
// the nanoseconds of all together, parsing included.
//
// What hurts Go ends this process: out of memory and too deep a stack are nothing that Go can catch.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

var (
	patience  = flag.Duration("timeout", 10*time.Second, "how long one template may take")
	longest   = flag.Int("max-output", 64<<20, "how many bytes one template may write")
	memory    = flag.Uint64("memory-mib", 0, "address space of this process; 0 for all there is")
	functions = flag.Bool("functions", false, "print the names of sprig's functions, one a line")
)

type question struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Template string            `json:"template"`
	Data     map[string][]byte `json:"data"`
	Repeat   int               `json:"repeat"`
}

type answer struct {
	ID          string  `json:"id"`
	Output      *[]byte `json:"output_base64,omitempty"`
	Stage       string  `json:"error_stage,omitempty"`
	Error       string  `json:"error,omitempty"`
	ErrorBase64 []byte  `json:"error_base64,omitempty"`
	Nanos       int64   `json:"nanos,omitempty"`
}

// What a template writes, up to the limit.
type output struct{ bytes.Buffer }

var errTooLong = errors.New("too much output")

func (o *output) Write(piece []byte) (int, error) {
	if o.Len()+len(piece) > *longest {
		return 0, errTooLong
	}
	return o.Buffer.Write(piece)
}

func upstreamFunctions() template.FuncMap {
	all := sprig.GenericFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	delete(all, "getHostByName")
	return all
}

func failed(stage string, err error) answer {
	text := err.Error()
	a := answer{Stage: stage, Error: text}
	if !utf8.ValidString(text) {
		a.ErrorBase64 = []byte(text)
	}
	return a
}

func once(q question, funcs template.FuncMap) (a answer) {
	defer func() {
		if cause := recover(); cause != nil {
			a = failed("panic", fmt.Errorf("%v", cause))
		}
	}()
	dot := map[string]string{}
	for name, value := range q.Data {
		dot[name] = string(value)
	}
	parsed, err := template.New(q.Name).Funcs(funcs).Parse(q.Template)
	if err != nil {
		return failed("parse", err)
	}
	var out output
	if err := parsed.Execute(&out, dot); errors.Is(err, errTooLong) {
		return failed("limit", err)
	} else if err != nil {
		return failed("exec", err)
	}
	whole := append([]byte{}, out.Bytes()...)
	return answer{Output: &whole}
}

func reply(q question, funcs template.FuncMap) answer {
	if q.Repeat < 2 {
		return once(q, funcs)
	}
	var a answer
	start := time.Now()
	for range q.Repeat {
		a = once(q, funcs)
	}
	a.Nanos = time.Since(start).Nanoseconds()
	return a
}

func inTime(q question, funcs template.FuncMap) answer {
	done := make(chan answer, 1)
	go func() { done <- reply(q, funcs) }()
	select {
	case a := <-done:
		return a
	case <-time.After(*patience):
		// It goes on behind our back; who asks starts another process.
		return failed("timeout", fmt.Errorf("no answer after %v", *patience))
	}
}

func main() {
	flag.Parse()
	funcs := upstreamFunctions()
	if *functions {
		var names []string
		for name := range funcs {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Println(name)
		}
		return
	}
	// As in the image of upstream's controller; before anything asks for the local time.
	os.Setenv("TZ", "UTC")
	if *memory > 0 {
		limit := syscall.Rlimit{Cur: *memory << 20, Max: *memory << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if len(line) > 0 {
			q := question{Name: "tpl"}
			var a answer
			if wrong := json.Unmarshal(line, &q); wrong != nil {
				a = failed("question", wrong)
			} else {
				a = inTime(q, funcs)
			}
			a.ID = q.ID
			out.Encode(a)
		}
		if err == io.EOF {
			return
		}
	}
}
