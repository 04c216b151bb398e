package v2

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"coho-e2e-go/server"
)

const (
	partSize  = 100 * 1024
	sourceLen = 1_000_003
)

func (f fixture) writeFile(content []byte) string {
	f.Helper()
	path := filepath.Join(f.TempDir(), "file")
	f.must(os.WriteFile(path, content, 0o600))
	return path
}

func TestMultipartByHand(t *testing.T) {
	each(t, func(f fixture) {
		content := noise(2*partSize + 5)
		key := oss.Ptr("dir/k")
		begin := func(key *string) *string {
			return done(f.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: f.bucket, Key: key}))(f).UploadId
		}
		complete := func(key, upload *string, parts []oss.UploadPart) (*oss.CompleteMultipartUploadResult, error) {
			return f.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{
				Bucket: f.bucket, Key: key, UploadId: upload, CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts},
			})
		}
		upload := begin(key)
		var parts []oss.UploadPart
		for at, piece := range [][]byte{content[:partSize], content[partSize:]} {
			part := done(f.UploadPart(ctx, &oss.UploadPartRequest{
				Bucket: f.bucket, Key: key, UploadId: upload, PartNumber: int32(at + 1), Body: bytes.NewReader(piece),
			}))(f)
			parts = append(parts, oss.UploadPart{PartNumber: int32(at + 1), ETag: part.ETag})
		}
		pages := f.NewListPartsPaginator(&oss.ListPartsRequest{Bucket: f.bucket, Key: key, UploadId: upload}, func(o *oss.PaginatorOptions) { o.Limit = 1 })
		count := 0
		for pages.HasNext() {
			count += len(done(pages.NextPage(ctx))(f).Parts)
		}
		f.equal(count, 2)
		uploads := f.NewListMultipartUploadsPaginator(&oss.ListMultipartUploadsRequest{Bucket: f.bucket})
		f.equal(done(uploads.NextPage(ctx))(f).Uploads[0].UploadId, *upload)
		done(complete(key, upload, parts))(f)
		f.equal(f.get("dir/k"), string(content))

		copied := oss.Ptr("copy")
		upload = begin(copied)
		part := done(f.UploadPartCopy(ctx, &oss.UploadPartCopyRequest{
			Bucket: f.bucket, Key: copied, UploadId: upload, PartNumber: 1, SourceBucket: f.bucket, SourceKey: key, Range: oss.Ptr("bytes=10-102409"),
		}))(f)
		done(complete(copied, upload, []oss.UploadPart{{PartNumber: 1, ETag: part.ETag}}))(f)
		f.equal(f.get("copy"), string(content[10:102410]))

		upload = begin(key)
		done(f.AbortMultipartUpload(ctx, &oss.AbortMultipartUploadRequest{Bucket: f.bucket, Key: key, UploadId: upload}))(f)
		f.fails(errorOf(complete(key, upload, parts)), 404, "NoSuchUpload")
	})
}

// cancelAfter ends a transfer after some progress.
type cancelAfter struct {
	cancel context.CancelFunc
	left   int64
}

func (c *cancelAfter) progress(increment, _, _ int64) {
	if c.left -= increment; c.left < 0 {
		c.cancel()
	}
}

func TestTransfersAreResumed(t *testing.T) {
	each(t, func(f fixture) {
		content := noise(sourceLen)
		source, folder := f.writeFile(content), f.TempDir()
		uploader := f.NewUploader(func(o *oss.UploaderOptions) {
			o.PartSize, o.ParallelNum, o.CheckpointDir, o.EnableCheckpoint = partSize, 2, folder, true
		})
		request := func() *oss.PutObjectRequest { return &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("big")} }
		broken, cancel := context.WithCancel(ctx)
		half := request()
		half.ProgressFn = (&cancelAfter{cancel, sourceLen / 2}).progress
		if _, err := uploader.UploadFile(broken, half, source); err == nil {
			f.Fatal("the upload was not broken")
		}
		pending := done(f.ListMultipartUploads(ctx, &oss.ListMultipartUploadsRequest{Bucket: f.bucket}))(f).Uploads
		f.equal(len(pending), 1)
		resumed := done(uploader.UploadFile(ctx, request(), source))(f)
		f.equal(resumed.UploadId, *pending[0].UploadId)
		f.equal(f.get("big"), string(content))

		target := filepath.Join(folder, "target")
		downloader := f.NewDownloader(func(o *oss.DownloaderOptions) {
			o.PartSize, o.ParallelNum, o.CheckpointDir, o.EnableCheckpoint, o.VerifyData = partSize, 2, folder, true, true
		})
		broken, cancel = context.WithCancel(ctx)
		wanted := func() *oss.GetObjectRequest { return &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("big")} }
		first := wanted()
		first.ProgressFn = (&cancelAfter{cancel, sourceLen / 2}).progress
		if _, err := downloader.DownloadFile(broken, first, target); err == nil {
			f.Fatal("the download was not broken")
		}
		done(downloader.DownloadFile(ctx, wanted(), target))(f)
		f.equal(bytes.Equal(done(os.ReadFile(target))(f), content), true)

		copier := f.NewCopier(func(o *oss.CopierOptions) {
			o.PartSize, o.MultipartCopyThreshold, o.DisableShallowCopy = partSize, partSize, true
		})
		done(copier.Copy(ctx, &oss.CopyObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copy"), SourceKey: oss.Ptr("big")}))(f)
		f.equal(f.get("copy"), string(content))
	})
}

func TestFilesAndStreams(t *testing.T) {
	each(t, func(f fixture) {
		content := noise(sourceLen)
		source, target := f.writeFile(content), filepath.Join(f.TempDir(), "target")
		done(f.PutObjectFromFile(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("file")}, source))(f)
		done(f.GetObjectToFile(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("file")}, target))(f)
		f.equal(bytes.Equal(done(os.ReadFile(target))(f), content), true)
		stream := struct{ io.Reader }{bytes.NewReader(content)}
		done(f.NewUploader().UploadFrom(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("stream")}, stream))(f)
		f.equal(f.get("stream"), string(content))
		file := done(f.OpenFile(ctx, *f.bucket, "file", func(o *oss.OpenOptions) { o.EnablePrefetch, o.PrefetchThreshold = true, 0 }))(f)
		done(file.Seek(1000, io.SeekStart))(f)
		rest := done(io.ReadAll(file))(f)
		f.must(file.Close())
		f.equal(bytes.Equal(rest, content[1000:]), true)
		limited := &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("limited"), Body: reader("x"), TrafficLimit: 819_200}
		done(f.PutObject(ctx, limited))(f)
	})
}

func TestPresignedURLs(t *testing.T) {
	each(t, func(f fixture) {
		key := oss.Ptr("dir/a b+\u4f60")
		send := func(signed *oss.PresignResult, body io.Reader) (int, string) {
			request := done(http.NewRequest(signed.Method, signed.URL, body))(f)
			for name, value := range signed.SignedHeaders {
				request.Header.Set(name, value)
			}
			answer := done(http.DefaultClient.Do(request))(f)
			defer answer.Body.Close()
			return answer.StatusCode, string(done(io.ReadAll(answer.Body))(f))
		}
		expires := oss.PresignExpires(time.Minute)
		write := &oss.PutObjectRequest{Bucket: f.bucket, Key: key, ContentType: oss.Ptr("text/x"), Metadata: map[string]string{"a": "b"}}
		status, _ := send(done(f.Presign(ctx, write, expires))(f), reader("signed"))
		f.equal(status, 200)
		f.equal(f.head(*key).Metadata["a"], "b")
		signed := done(f.Presign(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: key}, expires))(f)
		status, body := send(signed, nil)
		f.equal(status, 200)
		f.equal(body, "signed")
		signed.Method = "DELETE"
		status, _ = send(signed, nil)
		f.equal(status, 403)
		head := done(f.Presign(ctx, &oss.HeadObjectRequest{Bucket: f.bucket, Key: key}, expires))(f)
		status, _ = send(head, nil)
		f.equal(status, 200)
		upload := done(f.Presign(ctx, &oss.InitiateMultipartUploadRequest{Bucket: f.bucket, Key: key}, expires))(f)
		status, _ = send(upload, nil)
		f.equal(status, 200)
		other := newClient(f.version, server.AccessKeyID, "wrong")
		status, _ = send(done(other.Presign(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: key}))(f), nil)
		f.equal(status, 403)
		f.fails(errorOf(other.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: f.bucket})), 403, "SignatureDoesNotMatch")
	})
}

func TestBucketsAsNamesOfHosts(t *testing.T) {
	each(t, func(f fixture) {
		for _, endpoint := range coho.HostEndpoints() {
			f.Client = oss.NewClient(oss.LoadDefaultConfig().
				WithCredentialsProvider(credentials.NewStaticCredentialsProvider(server.AccessKeyID, server.AccessKeySecret)).
				WithRegion(server.Region).WithEndpoint(endpoint).WithSignatureVersion(f.version).WithHttpClient(coho.Redirected()))
			f.bucket = f.newBucket()
			f.put("dir/a b+\u4f60", "by host")
			done(f.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copy"), SourceKey: oss.Ptr("dir/a b+\u4f60")}))(f)
			signed := done(f.Presign(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copy")}))(f)
			f.equal(strings.HasPrefix(signed.URL, strings.Replace(endpoint, "//", "//"+*f.bucket+".", 1)+"/copy?"), true)
			answer := done(coho.Redirected().Get(signed.URL))(f)
			f.equal(string(done(io.ReadAll(answer.Body))(f)), "by host")
			_ = answer.Body.Close()
			f.equal(len(done(f.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: f.bucket}))(f).Contents), 2)
		}
	})
}

func TestTemporaryKeys(t *testing.T) {
	each(t, func(f fixture) {
		key := done(coho.NewTemporaryKey())(f)
		f.Client = newClient(f.version, key.ID, key.Secret, key.Token)
		f.put("k", "temporary")
		signed := done(f.Presign(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k")}))(f)
		answer := done(http.Get(signed.URL))(f)
		defer answer.Body.Close()
		f.equal(string(done(io.ReadAll(answer.Body))(f)), "temporary")
		f.Client = newClient(f.version, key.ID, key.Secret, key.Token[1:])
		f.fails(f.getError("k", oss.GetObjectRequest{}), 403, "InvalidSecurityToken")
	})
}

func keyed(key []byte, text string) []byte {
	signer := hmac.New(sha256.New, key)
	signer.Write([]byte(text))
	return signer.Sum(nil)
}

func TestPostObject(t *testing.T) {
	each(t, func(f fixture) {
		now := time.Now().UTC()
		day := now.Format("20060102")
		fields := map[string]string{
			"x-oss-signature-version": "OSS4-HMAC-SHA256", "x-oss-date": now.Format("20060102T150405Z"),
			"x-oss-credential": server.AccessKeyID + "/" + day + "/" + server.Region + "/oss/aliyun_v4_request",
		}
		conditions := []any{map[string]string{"bucket": *f.bucket}, []any{"starts-with", "$key", "dir/"}, []any{"content-length-range", 1, 10}}
		for name, value := range fields {
			conditions = append(conditions, map[string]string{name: value})
		}
		policy := done(json.Marshal(map[string]any{"expiration": now.Add(time.Hour).Format("2006-01-02T15:04:05.000Z"), "conditions": conditions}))(f)
		fields["policy"] = base64.StdEncoding.EncodeToString(policy)
		key := []byte("aliyun_v4" + server.AccessKeySecret)
		for _, part := range []string{day, server.Region, "oss", "aliyun_v4_request"} {
			key = keyed(key, part)
		}
		fields["x-oss-signature"] = hex.EncodeToString(keyed(key, fields["policy"]))
		post := func(key, content string) int {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			fields["key"] = key
			for name, value := range fields {
				f.must(form.WriteField(name, value))
			}
			done(done(form.CreateFormFile("file", "f.txt"))(f).Write([]byte(content)))(f)
			f.must(form.Close())
			answer := done(http.Post(coho.Endpoint+"/"+*f.bucket, form.FormDataContentType(), &body))(f)
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		f.equal(post("dir/${filename}", "posted"), 204)
		f.equal(f.get("dir/f.txt"), "posted")
		f.equal(post("other", "posted"), 403)
		f.equal(post("dir/long", "more than ten bytes"), 400)
	})
}
