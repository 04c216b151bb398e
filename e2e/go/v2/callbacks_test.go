package v2

import (
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"coho-e2e-go/server"
)

func TestCallbacks(t *testing.T) {
	application := server.Application()
	defer application.Close()
	each(t, func(f fixture) {
		callback, variables := server.Callback(application.URL)
		request := &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("dir/k"), Body: reader("hello"), Callback: &callback, CallbackVar: &variables}
		f.equal(done(f.PutObject(ctx, request))(f).CallbackResult["received"], "object=dir%2Fk&size=5&user=me")

		upload := done(f.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: f.bucket, Key: oss.Ptr("big")}))(f).UploadId
		part := &oss.UploadPartRequest{Bucket: f.bucket, Key: oss.Ptr("big"), UploadId: upload, PartNumber: 1, Body: reader("hello")}
		done(f.UploadPart(ctx, part))(f)
		completed := done(f.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{
			Bucket: f.bucket, Key: oss.Ptr("big"), UploadId: upload, CompleteAll: oss.Ptr("yes"), Callback: &callback, CallbackVar: &variables,
		}))(f)
		f.equal(completed.CallbackResult["received"], "object=big&size=5&user=me")

		broken, _ := server.Callback(application.URL + "/broken")
		request = &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("kept"), Body: reader("kept"), Callback: &broken}
		f.fails(errorOf(f.PutObject(ctx, request)), 203, "CallbackFailed")
		f.equal(f.get("kept"), "kept")
	})
}
