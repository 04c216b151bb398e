// Package v2 has the tests of alibabacloud-oss-go-sdk-v2, with each of its signatures. CRC checks are on.
package v2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"coho-e2e-go/server"
)

var (
	coho *server.Server
	ctx  = context.Background()
)

func TestMain(m *testing.M) { os.Exit(server.Main(m, &coho)) }

var signatures = map[string]oss.SignatureVersionType{"V1": oss.SignatureVersionV1, "V4": oss.SignatureVersionV4}

func newClient(version oss.SignatureVersionType, id, secret string, token ...string) *oss.Client {
	return oss.NewClient(oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(id, secret, token...)).
		WithRegion(server.Region).WithEndpoint(coho.Endpoint).WithSignatureVersion(version))
}

// fixture is a client with a bucket of its own.
type fixture struct {
	*testing.T
	*oss.Client
	version oss.SignatureVersionType
	bucket  *string
}

// each runs a test with every signature.
func each(t *testing.T, test func(f fixture)) {
	for name, version := range signatures {
		t.Run(name, func(t *testing.T) {
			f := fixture{t, newClient(version, server.AccessKeyID, server.AccessKeySecret), version, nil}
			f.bucket = f.newBucket()
			test(f)
		})
	}
}

func (f fixture) newBucket() *string {
	f.Helper()
	name := oss.Ptr(server.BucketName())
	done(f.PutBucket(ctx, &oss.PutBucketRequest{Bucket: name}))(f)
	return name
}

// done is the result of a call that must not fail.
func done[T any](result T, err error) func(f fixture) T {
	return func(f fixture) T {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
		return result
	}
}

func errorOf[T any](_ T, err error) error { return err }

func (f fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f fixture) equal(got, want any) {
	f.Helper()
	if pointer := reflect.ValueOf(got); pointer.Kind() == reflect.Pointer && !pointer.IsNil() {
		got = pointer.Elem().Interface()
	}
	if !reflect.DeepEqual(got, want) {
		f.Fatalf("got %#v, want %#v", got, want)
	}
}

// fails asserts that the error is one of the service, with this status and code.
func (f fixture) fails(err error, status int, code string) *oss.ServiceError {
	f.Helper()
	var refused *oss.ServiceError
	if !errors.As(err, &refused) {
		f.Fatalf("got %v, want %d %s", err, status, code)
	}
	if refused.StatusCode != status || refused.Code != code || refused.RequestID == "" {
		f.Fatalf("got %v, want %d %s", refused, status, code)
	}
	return refused
}

func (f fixture) put(key, body string) *oss.PutObjectResult {
	f.Helper()
	return done(f.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: &key, Body: strings.NewReader(body)}))(f)
}

// read is the body of a GET of a key, or of what the request says beside it.
func (f fixture) read(key string, request oss.GetObjectRequest) string {
	f.Helper()
	request.Bucket, request.Key = f.bucket, &key
	got := done(f.GetObject(ctx, &request))(f)
	defer got.Body.Close()
	return string(done(io.ReadAll(got.Body))(f))
}

func (f fixture) get(key string) string {
	f.Helper()
	return f.read(key, oss.GetObjectRequest{})
}

func (f fixture) getError(key string, request oss.GetObjectRequest) error {
	request.Bucket, request.Key = f.bucket, &key
	got, err := f.GetObject(ctx, &request)
	if err == nil {
		_ = got.Body.Close()
	}
	return err
}

func (f fixture) head(key string) *oss.HeadObjectResult {
	f.Helper()
	return done(f.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: f.bucket, Key: &key}))(f)
}

// noise is incompressible, and the same for the same size.
func noise(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.New(rand.NewSource(int64(size))).Read(content)
	return content
}

func reader(text string) io.Reader { return bytes.NewReader([]byte(text)) }
