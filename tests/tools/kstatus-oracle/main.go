// The kstatus-oracle says what Flux and Helm make of objects: it reads a list of cases from its input and writes the same
// list with kstatus' answers.
//
//	go run . < ../../src/cluster/kstatus.json > answered.json
//
// A case is {"object", "said"}; "said" is InProgress, Current, Failed or Terminating.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type testCase struct {
	Object json.RawMessage `json:"object"`
	Said   string          `json:"said"`
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fail(err)
	}
	for i := range cases {
		var object unstructured.Unstructured
		// Whole numbers are int64 then, as clients of Kubernetes read them.
		if err := object.UnmarshalJSON(cases[i].Object); err != nil {
			fail(err)
		}
		result, err := status.Compute(&object)
		if err != nil {
			fail(err)
		}
		cases[i].Said = string(result.Status)
	}
	output := json.NewEncoder(os.Stdout)
	output.SetIndent("", "  ")
	if err := output.Encode(cases); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kstatus-oracle:", err)
	os.Exit(1)
}
