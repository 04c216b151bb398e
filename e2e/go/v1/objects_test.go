package v1

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"

	"coho-e2e-go/server"
)

var keys = []string{"plain.txt", "dir/with space.txt", "dir/plus+and&.txt", "\u4f60\u597d/\u00fc.txt", "a%20b"}

func TestBuckets(t *testing.T) {
	for name, version := range signatures {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, version)
			bucket := newBucket(t, client, oss.ACL(oss.ACLPublicRead), oss.StorageClass(oss.StorageIA))
			name := bucket.BucketName
			listed := value(client.ListBuckets(oss.Prefix(name), oss.MaxKeys(1)))(t)
			equal(t, len(listed.Buckets), 1)
			equal(t, listed.Buckets[0].Name, name)
			equal(t, listed.Buckets[0].StorageClass, "IA")
			equal(t, value(client.IsBucketExist(name))(t), true)
			info := value(client.GetBucketInfo(name))(t).BucketInfo
			equal(t, info.Name, name)
			equal(t, info.Location, "oss-"+server.Region)
			equal(t, info.ACL, "public-read")
			equal(t, value(client.GetBucketLocation(name))(t), "oss-"+server.Region)
			must(t, client.SetBucketACL(name, oss.ACLPrivate))
			equal(t, value(client.GetBucketACL(name))(t).ACL, "private")
			put(t, bucket, "k", "12345")
			stat := value(client.GetBucketStat(name))(t)
			equal(t, stat.ObjectCount, 1)
			equal(t, stat.Storage, 5)
			refused := fails(t, client.DeleteBucket(name), 409, "BucketNotEmpty")
			equal(t, refused.Ec, "0015-00000301")
			must(t, bucket.DeleteObject("k"))
			must(t, client.DeleteBucket(name))
			equal(t, value(client.IsBucketExist(name))(t), false)
			_, err := client.GetBucketInfo(name)
			fails(t, err, 404, "NoSuchBucket")
		})
	}
}

func TestBucketsAreListedInPages(t *testing.T) {
	client := newClient(t, oss.AuthV4)
	first, second := newBucket(t, client).BucketName, newBucket(t, client).BucketName
	var names []string
	marker := ""
	for {
		page := value(client.ListBuckets(oss.Marker(marker), oss.MaxKeys(1)))(t)
		for _, found := range page.Buckets {
			names = append(names, found.Name)
		}
		if !page.IsTruncated {
			break
		}
		marker = page.NextMarker
	}
	all := strings.Join(names, "\n")
	equal(t, strings.Contains(all, first) && strings.Contains(all, second), true)
}

func TestObjectRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		for _, key := range keys {
			var headers http.Header
			put(t, bucket, key, "hello world", oss.Meta("colour", "blue"), oss.ContentType("text/x"),
				oss.CacheControl("no-cache"), oss.ContentDisposition("inline"), oss.ContentEncoding("identity"),
				oss.Expires(time.Unix(2_000_000_000, 0)), oss.GetResponseHeader(&headers))
			equal(t, headers.Get("X-Oss-Hash-Crc64ecma"), "5981764153023615706")
			equal(t, get(t, bucket, key), "hello world")
			head := value(bucket.GetObjectDetailedMeta(key))(t)
			for name, want := range map[string]string{
				"X-Oss-Meta-Colour": "blue", "Content-Type": "text/x", "Cache-Control": "no-cache",
				"Content-Disposition": "inline", "Content-Encoding": "identity", "Content-Length": "11",
				"Expires": "Wed, 18 May 2033 03:33:20 GMT", "X-Oss-Object-Type": "Normal",
				"Etag": `"5EB63BBBE01EEED093CB22BB8F5ACDC3"`,
			} {
				equal(t, head.Get(name), want)
			}
			equal(t, value(bucket.GetObjectMeta(key))(t).Get("Content-Length"), "11")
			equal(t, value(bucket.IsObjectExist(key))(t), true)
			v1 := value(bucket.ListObjects(oss.MaxKeys(10)))(t)
			equal(t, v1.Objects[0].Key, key)
			v2 := value(bucket.ListObjectsV2(oss.MaxKeys(10), oss.FetchOwner(true)))(t)
			equal(t, v2.Objects[0].Key, key)
			equal(t, v2.Objects[0].Owner.ID != "", true)
			must(t, bucket.DeleteObject(key))
			equal(t, value(bucket.IsObjectExist(key))(t), false)
			refused := fails(t, getError(bucket, key), 404, "NoSuchKey")
			equal(t, refused.Ec, "0026-00000001")
			_, err := bucket.GetObjectDetailedMeta(key)
			fails(t, err, 404, "NoSuchKey")
		}
	})
}

func TestRangesAndConditions(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		put(t, bucket, "k", "0123456789")
		head := value(bucket.GetObjectDetailedMeta("k"))(t)
		etag, other := head.Get("Etag"), `"00000000000000000000000000000000"`
		past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		for _, good := range []struct {
			option oss.Option
			want   string
		}{
			{oss.Range(2, 5), "2345"}, {oss.NormalizedRange("7-"), "789"}, {oss.NormalizedRange("-3"), "789"},
			{oss.Range(5, 100), "0123456789"}, {oss.IfMatch(etag), "0123456789"}, {oss.IfNoneMatch(other), "0123456789"},
			{oss.IfModifiedSince(past), "0123456789"}, {oss.IfUnmodifiedSince(future), "0123456789"},
		} {
			equal(t, get(t, bucket, "k", good.option), good.want)
		}
		equal(t, get(t, bucket, "k", oss.Range(5, 100), oss.RangeBehavior("standard")), "56789")
		fails(t, getError(bucket, "k", oss.IfMatch(other)), 412, "PreconditionFailed")
		fails(t, getError(bucket, "k", oss.IfUnmodifiedSince(past)), 412, "PreconditionFailed")
		for _, unchanged := range []oss.Option{oss.IfNoneMatch(etag), oss.IfModifiedSince(future)} {
			if err := getError(bucket, "k", unchanged); err == nil || !strings.Contains(err.Error(), "304") {
				t.Fatalf("got %v, want 304", err)
			}
		}
		var headers http.Header
		get(t, bucket, "k", oss.ResponseContentType("text/y"), oss.ResponseCacheControl("no-store"),
			oss.ResponseContentDisposition("attachment"), oss.ResponseContentEncoding("x"),
			oss.ResponseContentLanguage("de"), oss.ResponseExpires("never"), oss.GetResponseHeader(&headers))
		equal(t, headers.Get("Content-Type"), "text/y")
		equal(t, headers.Get("Content-Disposition"), "attachment")
		equal(t, headers.Get("Content-Language"), "de")
	})
}

func TestListings(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		all := []string{"a/1", "a/2", "b c/1", "d+e", "z"}
		for _, key := range all {
			put(t, bucket, key, "x")
		}
		page := value(bucket.ListObjects(oss.Delimiter("/")))(t)
		equalAll(t, page.CommonPrefixes, []string{"a/", "b c/"})
		equal(t, len(page.Objects), 2)
		var first, second []string
		for marker := ""; ; {
			page := value(bucket.ListObjects(oss.MaxKeys(2), oss.Marker(marker)))(t)
			for _, found := range page.Objects {
				first = append(first, found.Key)
			}
			if marker = page.NextMarker; !page.IsTruncated {
				break
			}
		}
		for token := ""; ; {
			page := value(bucket.ListObjectsV2(oss.MaxKeys(2), oss.ContinuationToken(token)))(t)
			for _, found := range page.Objects {
				second = append(second, found.Key)
			}
			if token = page.NextContinuationToken; !page.IsTruncated {
				break
			}
		}
		equalAll(t, first, all)
		equalAll(t, second, all)
		after := value(bucket.ListObjectsV2(oss.StartAfter("b c/1"), oss.Prefix("")))(t)
		equal(t, len(after.Objects), 2)

		deleted := value(bucket.DeleteObjects([]string{"a/1", "b c/1", "none"}))(t)
		equal(t, len(deleted.DeletedObjects), 3)
		quiet := value(bucket.DeleteObjects([]string{"a/2"}, oss.DeleteObjectsQuiet(true)))(t)
		equal(t, len(quiet.DeletedObjects), 0)
		equal(t, len(value(bucket.ListObjects())(t).Objects), 2)
	})
}

func TestCopies(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		other := newBucket(t, client)
		put(t, bucket, "a b", "copied", oss.Meta("a", "1"), oss.ContentType("text/x"))
		copied := value(bucket.CopyObject("a b", "c+d"))(t)
		equal(t, copied.ETag, value(bucket.GetObjectDetailedMeta("a b"))(t).Get("Etag"))
		equal(t, value(bucket.GetObjectDetailedMeta("c+d"))(t).Get("X-Oss-Meta-A"), "1")
		value(bucket.CopyObjectTo(other.BucketName, "to \u00fc", "a b"))(t)
		value(other.CopyObjectFrom(bucket.BucketName, "a b", "from"))(t)
		equal(t, get(t, other, "to \u00fc")+get(t, other, "from"), "copiedcopied")
		value(bucket.CopyObject("a b", "c+d", oss.MetadataDirective(oss.MetaReplace), oss.Meta("a", "2")))(t)
		equal(t, value(bucket.GetObjectDetailedMeta("c+d"))(t).Get("X-Oss-Meta-A"), "2")
		must(t, bucket.SetObjectMeta("c+d", oss.Meta("a", "3")))
		equal(t, value(bucket.GetObjectDetailedMeta("c+d"))(t).Get("X-Oss-Meta-A"), "3")
		_, err := bucket.CopyObject("a b", "c+d", oss.CopySourceIfMatch(`"0"`))
		fails(t, err, 412, "PreconditionFailed")
		_, err = bucket.CopyObject("a b", "c+d", oss.ForbidOverWrite(true))
		fails(t, err, 409, "FileAlreadyExists")
		_, err = bucket.CopyObject("none", "c+d")
		fails(t, err, 404, "NoSuchKey")
	})
}

func TestWhatObjectsHaveBesideTheirBytes(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		tags := oss.Tagging{Tags: []oss.Tag{{Key: "team", Value: "a+b/c: d=e"}, {Key: "k2", Value: ""}}}
		put(t, bucket, "k", "hello", oss.SetTagging(tags), oss.ObjectACL(oss.ACLPublicRead))
		equal(t, len(value(bucket.GetObjectTagging("k"))(t).Tags), 2)
		equal(t, value(bucket.GetObjectDetailedMeta("k"))(t).Get("X-Oss-Tagging-Count"), "2")
		must(t, bucket.PutObjectTagging("k", oss.Tagging{Tags: tags.Tags[:1]}))
		equal(t, value(bucket.GetObjectTagging("k"))(t).Tags[0].Value, "a+b/c: d=e")
		must(t, bucket.DeleteObjectTagging("k"))
		equal(t, len(value(bucket.GetObjectTagging("k"))(t).Tags), 0)

		equal(t, value(bucket.GetObjectACL("k"))(t).ACL, "public-read")
		must(t, bucket.SetObjectACL("k", oss.ACLDefault))
		equal(t, value(bucket.GetObjectACL("k"))(t).ACL, "default")

		must(t, bucket.PutSymlink("link", "k", oss.Meta("a", "b")))
		equal(t, value(bucket.GetSymlink("link"))(t).Get(oss.HTTPHeaderOssSymlinkTarget), "k")
		equal(t, get(t, bucket, "link"), "hello")
		fails(t, errorOf(bucket.GetSymlink("k")), 400, "NotSymlink")

		position := int64(0)
		for _, piece := range []string{"hello ", "world"} {
			position = value(bucket.AppendObject("log", strings.NewReader(piece), position))(t)
		}
		equal(t, position, 11)
		equal(t, get(t, bucket, "log"), "hello world")
		fails(t, errorOf(bucket.AppendObject("log", strings.NewReader("x"), 5)), 409, "PositionNotEqualToLength")
		fails(t, errorOf(bucket.AppendObject("k", strings.NewReader("x"), 5)), 409, "ObjectNotAppendable")

		put(t, bucket, "cold", "frozen", oss.ObjectStorageClass(oss.StorageArchive))
		fails(t, getError(bucket, "cold"), 403, "InvalidObjectState")
		must(t, bucket.RestoreObject("cold"))
		equal(t, get(t, bucket, "cold"), "frozen")
		put(t, bucket, "colder", "frozen", oss.ObjectStorageClass(oss.StorageColdArchive))
		must(t, bucket.RestoreObjectDetail("colder", oss.RestoreConfiguration{Days: 3, Tier: string(oss.RestoreExpedited)}))
		equal(t, get(t, bucket, "colder"), "frozen")

		fails(t, bucket.PutObject("k", strings.NewReader("x"), oss.ForbidOverWrite(true)), 409, "FileAlreadyExists")
		fails(t, bucket.PutObject("k", strings.NewReader("x"), oss.ContentMD5("1B2M2Y8AsgTpgAmY7PhCfg==")), 400, "InvalidDigest")
		put(t, bucket, "limited", "x", oss.TrafficLimitHeader(819_200))
		put(t, bucket, "encrypted", "secret", oss.ServerSideEncryption("AES256"))
		equal(t, value(bucket.GetObjectDetailedMeta("encrypted"))(t).Get(oss.HTTPHeaderOssServerSideEncryption), "AES256")
		equal(t, get(t, bucket, "encrypted"), "secret")
	})
}

// errorOf is the error of a call whose result does not matter.
func errorOf[T any](_ T, err error) error { return err }
