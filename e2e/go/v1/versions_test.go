package v1

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// putVersion writes a version and returns its id.
func putVersion(t *testing.T, bucket *oss.Bucket, key, body string) string {
	t.Helper()
	var headers http.Header
	put(t, bucket, key, body, oss.GetResponseHeader(&headers))
	return oss.GetVersionId(headers)
}

func setVersioning(t *testing.T, client *oss.Client, bucket *oss.Bucket, status oss.VersioningStatus) {
	t.Helper()
	must(t, client.SetBucketVersioning(bucket.BucketName, oss.VersioningConfig{Status: string(status)}))
	equal(t, value(client.GetBucketVersioning(bucket.BucketName))(t).Status, string(status))
	equal(t, value(client.GetBucketInfo(bucket.BucketName))(t).BucketInfo.Versioning, string(status))
}

func TestVersions(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		put(t, bucket, "k", "before")
		setVersioning(t, client, bucket, oss.VersionEnabled)
		first, second := putVersion(t, bucket, "k", "first"), putVersion(t, bucket, "k", "second")
		for version, content := range map[string]string{"null": "before", first: "first", second: "second"} {
			id := oss.VersionId(version)
			equal(t, get(t, bucket, "k", id), content)
			equal(t, value(bucket.GetObjectDetailedMeta("k", id))(t).Get("X-Oss-Version-Id"), version)
			equal(t, value(bucket.GetObjectMeta("k", id))(t).Get("X-Oss-Version-Id"), version)
			must(t, bucket.SetObjectACL("k", oss.ACLPrivate, id))
			equal(t, value(bucket.GetObjectACL("k", id))(t).ACL, "private")
			must(t, bucket.PutObjectTagging("k", oss.Tagging{Tags: []oss.Tag{{Key: "of", Value: version}}}, id))
			equal(t, value(bucket.GetObjectTagging("k", id))(t).Tags[0].Value, version)
			must(t, bucket.DeleteObjectTagging("k", id))
		}
		var headers http.Header
		must(t, bucket.DeleteObject("k", oss.GetResponseHeader(&headers)))
		marker := oss.GetVersionId(headers)
		equal(t, oss.GetDeleteMark(headers), true)
		fails(t, getError(bucket, "k"), 404, "NoSuchKey")
		fails(t, getError(bucket, "k", oss.VersionId(marker)), 405, "MethodNotAllowed")
		listed := value(bucket.ListObjectVersions())(t)
		equal(t, len(listed.ObjectVersions), 3)
		equal(t, listed.ObjectDeleteMarkers[0].VersionId, marker)
		equal(t, listed.ObjectDeleteMarkers[0].IsLatest, true)

		value(bucket.CopyObject("k", "k", oss.VersionId(first), oss.GetResponseHeader(&headers)))(t)
		restored := oss.GetVersionId(headers)
		equal(t, oss.GetCopySrcVersionId(headers), first)
		equal(t, get(t, bucket, "k"), "first")
		for _, version := range []string{restored, marker} {
			must(t, bucket.DeleteObject("k", oss.VersionId(version)))
		}
		equal(t, get(t, bucket, "k"), "second")
		fails(t, getError(bucket, "k", oss.VersionId(restored)), 404, "NoSuchVersion")

		var versions []oss.DeleteObject
		for _, version := range []string{"null", first, second} {
			versions = append(versions, oss.DeleteObject{Key: "k", VersionId: version})
		}
		deleted := value(bucket.DeleteObjectVersions(versions))(t)
		equal(t, len(deleted.DeletedObjectsDetail), 3)
		must(t, client.DeleteBucket(bucket.BucketName))
	})
}

func TestVersionsOfLinksUploadsAndSuspension(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		setVersioning(t, client, bucket, oss.VersionEnabled)
		old := putVersion(t, bucket, "source", strings.Repeat("a", partSize))
		put(t, bucket, "source", "new")
		upload := value(bucket.InitiateMultipartUpload("k"))(t)
		part := value(bucket.UploadPartCopy(upload, bucket.BucketName, "source", 0, partSize, 1, oss.VersionId(old)))(t)
		var headers http.Header
		value(bucket.CompleteMultipartUpload(upload, []oss.UploadPart{part}, oss.GetResponseHeader(&headers)))(t)
		equal(t, len(get(t, bucket, "k", oss.VersionId(oss.GetVersionId(headers)))), partSize)

		must(t, bucket.PutSymlink("link", "source", oss.GetResponseHeader(&headers)))
		link := oss.GetVersionId(headers)
		must(t, bucket.PutSymlink("link", "k"))
		equal(t, value(bucket.GetSymlink("link", oss.VersionId(link)))(t).Get(oss.HTTPHeaderOssSymlinkTarget), "source")

		setVersioning(t, client, bucket, oss.VersionSuspended)
		equal(t, putVersion(t, bucket, "source", "one"), "null")
		equal(t, putVersion(t, bucket, "source", "two"), "null")
		count, keyMarker, idMarker := 0, "", ""
		for {
			page := value(bucket.ListObjectVersions(oss.MaxKeys(1), oss.KeyMarker(keyMarker), oss.VersionIdMarker(idMarker)))(t)
			count += len(page.ObjectVersions)
			if !page.IsTruncated {
				break
			}
			keyMarker, idMarker = page.NextKeyMarker, page.NextVersionIdMarker
		}
		equal(t, count, 6)
	})
}
