// Package v1 has the tests of aliyun-oss-go-sdk, with each of its signatures. CRC checks are on.
package v1

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"os"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	"coho-e2e-go/server"
)

var coho *server.Server

func TestMain(m *testing.M) { os.Exit(server.Main(m, &coho)) }

var signatures = map[string]oss.AuthVersionType{"V1": oss.AuthV1, "V2": oss.AuthV2, "V4": oss.AuthV4}

func newClient(t *testing.T, version oss.AuthVersionType) *oss.Client {
	t.Helper()
	client, err := oss.New(coho.Endpoint, server.AccessKeyID, server.AccessKeySecret, oss.AuthVersion(version), oss.Region(server.Region))
	must(t, err)
	return client
}

// each runs a test with every signature, with a bucket of its own.
func each(t *testing.T, test func(t *testing.T, client *oss.Client, bucket *oss.Bucket)) {
	for name, version := range signatures {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, version)
			bucket := newBucket(t, client)
			test(t, client, bucket)
		})
	}
}

func newBucket(t *testing.T, client *oss.Client, options ...oss.Option) *oss.Bucket {
	t.Helper()
	name := server.BucketName()
	must(t, client.CreateBucket(name, options...))
	bucket, err := client.Bucket(name)
	must(t, err)
	return bucket
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// value is the first of the two, when the second is no error.
func value[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return value
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func equalAll[T comparable](t *testing.T, got, want []T) {
	t.Helper()
	same := len(got) == len(want)
	for at := 0; same && at < len(got); at++ {
		same = got[at] == want[at]
	}
	if !same {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// fails asserts that the error is one of the service, with this status and code.
func fails(t *testing.T, err error, status int, code string) oss.ServiceError {
	t.Helper()
	var refused oss.ServiceError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want %d %s", err, status, code)
	}
	if refused.StatusCode != status || refused.Code != code {
		t.Fatalf("got %d %s (%v), want %d %s", refused.StatusCode, refused.Code, refused, status, code)
	}
	if refused.RequestID == "" {
		t.Fatalf("%s has no request id", code)
	}
	return refused
}

func put(t *testing.T, bucket *oss.Bucket, key, body string, options ...oss.Option) {
	t.Helper()
	must(t, bucket.PutObject(key, bytes.NewReader([]byte(body)), options...))
}

func get(t *testing.T, bucket *oss.Bucket, key string, options ...oss.Option) string {
	t.Helper()
	body, err := bucket.GetObject(key, options...)
	must(t, err)
	defer body.Close()
	return string(value(io.ReadAll(body))(t))
}

// getError is the error of a read.
func getError(bucket *oss.Bucket, key string, options ...oss.Option) error {
	body, err := bucket.GetObject(key, options...)
	if err == nil {
		_ = body.Close()
	}
	return err
}

// noise is incompressible, and the same for the same size.
func noise(size int) []byte {
	bytes := make([]byte, size)
	_, _ = rand.New(rand.NewSource(int64(size))).Read(bytes)
	return bytes
}
