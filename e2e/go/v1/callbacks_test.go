package v1

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	"coho-e2e-go/server"
)

func TestCallbacks(t *testing.T) {
	application := server.Application()
	defer application.Close()
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		callback, variables := server.Callback(application.URL)
		var answer []byte
		options := []oss.Option{oss.Callback(callback), oss.CallbackVar(variables), oss.CallbackResult(&answer)}
		put(t, bucket, "dir/k", "hello", options...)
		equal(t, string(answer), `{"received":"object=dir%2Fk\u0026size=5\u0026user=me"}`)

		upload := value(bucket.InitiateMultipartUpload("big"))(t)
		part := value(bucket.UploadPart(upload, bytes.NewReader(noise(partSize)), partSize, 1))(t)
		value(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{part}, options...))(t)
		equal(t, string(answer), `{"received":"object=big\u0026size=102400\u0026user=me"}`)

		broken, _ := server.Callback(application.URL + "/broken")
		fails(t, bucket.PutObject("kept", strings.NewReader("kept"), oss.Callback(broken)), 203, "CallbackFailed")
		equal(t, get(t, bucket, "kept"), "kept")
	})
}
