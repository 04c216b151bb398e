package v1

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	"coho-e2e-go/server"
)

func TestSignedURLs(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		key, typed := "dir/a b+\u4f60", oss.ContentType("text/x")
		signed := value(bucket.SignURL(key, oss.HTTPPut, 60, typed, oss.Meta("a", "b")))(t)
		must(t, bucket.PutObjectWithURL(signed, strings.NewReader("signed"), typed, oss.Meta("a", "b")))
		equal(t, value(bucket.GetObjectDetailedMeta(key))(t).Get("X-Oss-Meta-A"), "b")

		signed = value(bucket.SignURL(key, oss.HTTPGet, 60, oss.ResponseContentType("text/y")))(t)
		body := value(bucket.GetObjectWithURL(signed))(t)
		defer body.Close()
		equal(t, string(value(io.ReadAll(body))(t)), "signed")
		answer := value(http.Get(signed))(t)
		_ = answer.Body.Close()
		equal(t, answer.Header.Get("Content-Type"), "text/y")
		changed := value(url.Parse(signed))(t)
		query := changed.Query()
		query.Set("response-content-type", "text/z")
		changed.RawQuery = query.Encode()
		answer = value(http.Get(changed.String()))(t)
		_ = answer.Body.Close()
		equal(t, answer.StatusCode, 403)

		source, target := writeFile(t, []byte("file")), filepath.Join(t.TempDir(), "target")
		must(t, bucket.PutObjectFromFileWithURL(value(bucket.SignURL("f", oss.HTTPPut, 60))(t), source))
		must(t, bucket.GetObjectToFileWithURL(value(bucket.SignURL("f", oss.HTTPGet, 60))(t), target))
		equal(t, string(readFile(t, target)), "file")
	})
}

func TestBucketsAsNamesOfHosts(t *testing.T) {
	for name, version := range signatures {
		for _, endpoint := range coho.HostEndpoints() {
			t.Run(name+" "+endpoint, func(t *testing.T) {
				client := value(oss.New(endpoint, server.AccessKeyID, server.AccessKeySecret, oss.AuthVersion(version),
					oss.Region(server.Region), oss.HTTPClient(coho.Redirected())))(t)
				bucket := newBucket(t, client)
				put(t, bucket, "dir/a b+\u4f60", "by host")
				value(bucket.CopyObject("dir/a b+\u4f60", "copy"))(t)
				signed := value(bucket.SignURL("copy", oss.HTTPGet, 60))(t)
				equal(t, strings.HasPrefix(signed, strings.Replace(endpoint, "//", "//"+bucket.BucketName+".", 1)+"/copy?"), true)
				body := value(bucket.GetObjectWithURL(signed))(t)
				defer body.Close()
				equal(t, string(value(io.ReadAll(body))(t)), "by host")
				equal(t, len(value(bucket.ListObjectsV2())(t).Objects), 2)
				equal(t, value(client.GetBucketInfo(bucket.BucketName))(t).BucketInfo.Location, "oss-"+server.Region)
			})
		}
	}
}

func TestWrongKeysAreRefused(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		for _, wrong := range []struct{ id, secret, code string }{
			{server.AccessKeyID, "wrong", "SignatureDoesNotMatch"}, {"unknown", "wrong", "InvalidAccessKeyId"},
		} {
			other := value(oss.New(coho.Endpoint, wrong.id, wrong.secret, oss.AuthVersion(client.Config.AuthVersion), oss.Region(server.Region)))(t)
			fails(t, errorOf(other.GetBucketInfo(bucket.BucketName)), 403, wrong.code)
		}
	})
}

func TestTemporaryKeys(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		key := value(coho.NewTemporaryKey())(t)
		with := func(token string) *oss.Bucket {
			client := value(oss.New(coho.Endpoint, key.ID, key.Secret, oss.SecurityToken(token), oss.AuthVersion(client.Config.AuthVersion), oss.Region(server.Region)))(t)
			return value(client.Bucket(bucket.BucketName))(t)
		}
		temporary := with(key.Token)
		put(t, temporary, "k", "temporary")
		signed := value(temporary.GetObjectWithURL(value(temporary.SignURL("k", oss.HTTPGet, 60))(t)))(t)
		defer signed.Close()
		equal(t, string(value(io.ReadAll(signed))(t)), "temporary")
		fails(t, getError(with(key.Token[1:]), "k"), 403, "InvalidSecurityToken")
	})
}

func TestPostObject(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		policy := value(json.Marshal(map[string]any{
			"expiration": time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"),
			"conditions": []any{[]any{"starts-with", "$key", "dir/"}, []any{"content-length-range", 1, 10}},
		}))(t)
		encoded := base64.StdEncoding.EncodeToString(policy)
		signer := hmac.New(sha1.New, []byte(server.AccessKeySecret))
		signer.Write([]byte(encoded))
		signature := base64.StdEncoding.EncodeToString(signer.Sum(nil))
		post := func(key, content string) int {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for name, field := range map[string]string{
				"key": key, "policy": encoded, "OSSAccessKeyId": server.AccessKeyID, "Signature": signature, "success_action_status": "201",
			} {
				must(t, form.WriteField(name, field))
			}
			file := value(form.CreateFormFile("file", "f.txt"))(t)
			value(io.WriteString(file, content))(t)
			must(t, form.Close())
			answer := value(http.Post(coho.Endpoint+"/"+bucket.BucketName, form.FormDataContentType(), &body))(t)
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		equal(t, post("dir/${filename}", "posted"), 201)
		equal(t, get(t, bucket, "dir/f.txt"), "posted")
		equal(t, post("other", "posted"), 403)
		equal(t, post("dir/long", "more than ten bytes"), 400)
	})
}
