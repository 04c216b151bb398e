package v2

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/crypto"

	"coho-e2e-go/server"
)

// encryptingClient encrypts before it sends, with a key of its own.
func (f fixture) encryptingClient() *oss.EncryptionClient {
	f.Helper()
	key := done(rsa.GenerateKey(rand.Reader, 2048))(f)
	public := done(x509.MarshalPKIXPublicKey(&key.PublicKey))(f)
	private := done(x509.MarshalPKCS8PrivateKey(key))(f)
	pair := [2]string{}
	for at, block := range []pem.Block{{Type: "PUBLIC KEY", Bytes: public}, {Type: "PRIVATE KEY", Bytes: private}} {
		pair[at] = string(pem.EncodeToMemory(&block))
	}
	master := done(crypto.CreateMasterRsa(map[string]string{"key": "of the test"}, pair[0], pair[1]))(f)
	return done(oss.NewEncryptionClient(f.Client, master))(f)
}

func TestClientSideEncryption(t *testing.T) {
	each(t, func(f fixture) {
		client, content := f.encryptingClient(), noise(sourceLen)
		read := func(key string, request oss.GetObjectRequest) []byte {
			request.Bucket, request.Key = f.bucket, &key
			got := done(client.GetObject(ctx, &request))(f)
			defer got.Body.Close()
			return done(io.ReadAll(got.Body))(f)
		}
		done(client.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k"), Body: bytes.NewReader(content)}))(f)
		f.equal(f.get("k") != string(content), true)
		f.equal(bytes.Equal(read("k", oss.GetObjectRequest{}), content), true)
		f.equal(bytes.Equal(read("k", oss.GetObjectRequest{Range: oss.Ptr("bytes=1000-1999")}), content[1000:2000]), true)
		uploader := client.NewUploader(func(o *oss.UploaderOptions) { o.PartSize = 2 * partSize })
		done(uploader.UploadFile(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("big")}, f.writeFile(content)))(f)
		f.equal(bytes.Equal(read("big", oss.GetObjectRequest{}), content), true)
	})
}

func TestWithoutCredentials(t *testing.T) {
	each(t, func(f fixture) {
		f.put("k", "x")
		anonymous := oss.NewClient(oss.LoadDefaultConfig().WithCredentialsProvider(credentials.NewAnonymousCredentialsProvider()).
			WithRegion(server.Region).WithEndpoint(coho.Endpoint).WithSignatureVersion(f.version))
		request := &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k")}
		f.fails(errorOf(anonymous.GetObject(ctx, request)), 403, "AccessDenied")
		done(f.PutObjectAcl(ctx, &oss.PutObjectAclRequest{Bucket: f.bucket, Key: oss.Ptr("k"), Acl: oss.ObjectACLPublicRead}))(f)
		got := done(anonymous.GetObject(ctx, request))(f)
		f.must(got.Body.Close())
		f.fails(errorOf(anonymous.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k"), Body: reader("y")})), 403, "AccessDenied")
	})
}
