package v1

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	"coho-e2e-go/server"
)

const (
	partSize  = 100 * 1024
	sourceLen = 1_000_003
)

func writeFile(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	return value(os.ReadFile(path))(t)
}

func TestFilesAndStreams(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		content := noise(sourceLen)
		source, target := writeFile(t, content), filepath.Join(t.TempDir(), "target")
		must(t, bucket.PutObjectFromFile("file", source))
		must(t, bucket.GetObjectToFile("file", target))
		equal(t, bytes.Equal(readFile(t, target), content), true)
		// A reader of unknown length is sent in chunks.
		must(t, bucket.PutObject("stream", struct{ *bytes.Buffer }{bytes.NewBuffer(content)}))
		equal(t, get(t, bucket, "stream"), string(content))
		must(t, bucket.PutObject("empty", bytes.NewReader(nil)))
		equal(t, get(t, bucket, "empty"), "")
	})
}

func TestMultipartByHand(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		content := noise(2*partSize + 5)
		source := writeFile(t, content)
		upload := value(bucket.InitiateMultipartUpload("dir/k", oss.Meta("a", "b"), oss.ContentType("text/x")))(t)
		first := value(bucket.UploadPart(upload, bytes.NewReader(content[:partSize]), partSize, 1))(t)
		rest := value(bucket.UploadPartFromFile(upload, source, partSize, partSize+5, 2))(t)
		listed := value(bucket.ListUploadedParts(upload))(t)
		equal(t, len(listed.UploadedParts), 2)
		equal(t, listed.UploadedParts[1].Size, partSize+5)
		uploads := value(bucket.ListMultipartUploads(oss.Prefix("dir/")))(t)
		equal(t, uploads.Uploads[0].UploadID, upload.UploadID)
		grouped := value(bucket.ListMultipartUploads(oss.Delimiter("/")))(t)
		equalAll(t, grouped.CommonPrefixes, []string{"dir/"})
		done := value(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{first, rest}))(t)
		equal(t, done.Key, "dir/k")
		equal(t, get(t, bucket, "dir/k"), string(content))
		head := value(bucket.GetObjectDetailedMeta("dir/k"))(t)
		equal(t, head.Get("X-Oss-Object-Type")+head.Get("X-Oss-Meta-A"), "Multipartb")

		upload = value(bucket.InitiateMultipartUpload("copy"))(t)
		copied := value(bucket.UploadPartCopy(upload, bucket.BucketName, "dir/k", 10, partSize, 1))(t)
		value(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{copied}))(t)
		equal(t, get(t, bucket, "copy"), string(content[10:10+partSize]))

		upload = value(bucket.InitiateMultipartUpload("gone"))(t)
		must(t, bucket.AbortMultipartUpload(upload))
		fails(t, errorOf(bucket.ListUploadedParts(upload)), 404, "NoSuchUpload")
		fails(t, errorOf(bucket.UploadPart(upload, bytes.NewReader(content[:10]), 10, 1)), 404, "NoSuchUpload")

		upload = value(bucket.InitiateMultipartUpload("wrong"))(t)
		small := value(bucket.UploadPart(upload, bytes.NewReader(content[:10]), 10, 1))(t)
		last := value(bucket.UploadPart(upload, bytes.NewReader(content[:10]), 10, 2))(t)
		fails(t, errorOf(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{small, last})), 400, "EntityTooSmall")
		fails(t, errorOf(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{{PartNumber: 9, ETag: small.ETag}})), 400, "InvalidPart")
	})
}

// breaking sends a number of requests, and fails those that follow.
type breaking struct{ left atomic.Int64 }

func (b *breaking) RoundTrip(request *http.Request) (*http.Response, error) {
	if b.left.Add(-1) < 0 {
		return nil, errors.New("broken by the test")
	}
	return http.DefaultTransport.RoundTrip(request)
}

// broken is the bucket through a connection that breaks in the middle of a transfer.
func broken(t *testing.T, bucket *oss.Bucket) *oss.Bucket {
	t.Helper()
	transport := &breaking{}
	transport.left.Store(6)
	client := value(oss.New(coho.Endpoint, server.AccessKeyID, server.AccessKeySecret, oss.AuthVersion(bucket.Client.Config.AuthVersion),
		oss.Region(server.Region), oss.HTTPClient(&http.Client{Transport: transport})))(t)
	return value(client.Bucket(bucket.BucketName))(t)
}

func TestTransfersAreResumed(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		content := noise(sourceLen)
		source, folder := writeFile(t, content), t.TempDir()
		checkpoint := oss.Checkpoint(true, filepath.Join(folder, "up"))
		if broken(t, bucket).UploadFile("big", source, partSize, checkpoint, oss.Routines(2)) == nil {
			t.Fatal("the upload was not broken")
		}
		pending := value(bucket.ListMultipartUploads())(t).Uploads
		equal(t, len(pending), 1)
		parts := value(bucket.ListUploadedParts(oss.InitiateMultipartUploadResult{Bucket: bucket.BucketName, Key: "big", UploadID: pending[0].UploadID}))(t)
		equal(t, len(parts.UploadedParts) > 0, true)
		must(t, bucket.UploadFile("big", source, partSize, checkpoint, oss.Routines(3)))
		equal(t, len(value(bucket.ListMultipartUploads())(t).Uploads), 0)
		equal(t, get(t, bucket, "big"), string(content))

		target := filepath.Join(folder, "target")
		checkpoint = oss.Checkpoint(true, filepath.Join(folder, "down"))
		if broken(t, bucket).DownloadFile("big", target, partSize, checkpoint, oss.Routines(2)) == nil {
			t.Fatal("the download was not broken")
		}
		must(t, bucket.DownloadFile("big", target, partSize, checkpoint, oss.Routines(3)))
		equal(t, bytes.Equal(readFile(t, target), content), true)

		must(t, bucket.CopyFile(bucket.BucketName, "big", "copy", partSize, oss.Routines(2), oss.Checkpoint(true, filepath.Join(folder, "copy"))))
		equal(t, get(t, bucket, "copy"), string(content))
	})
}
