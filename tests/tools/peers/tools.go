//go:build tools

// Package peers pins the upstream programs that the end-to-end tests and the benchmark run beside ours.
package peers

import (
	_ "github.com/bitnami/sealed-secrets/cmd/controller"
	_ "github.com/bitnami/sealed-secrets/cmd/kubeseal"
)
