package v2

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func (f fixture) setVersioning(status oss.VersioningStatusType) {
	f.Helper()
	configuration := &oss.VersioningConfiguration{Status: status}
	done(f.PutBucketVersioning(ctx, &oss.PutBucketVersioningRequest{Bucket: f.bucket, VersioningConfiguration: configuration}))(f)
	f.equal(done(f.GetBucketVersioning(ctx, &oss.GetBucketVersioningRequest{Bucket: f.bucket}))(f).VersionStatus, string(status))
}

func TestVersions(t *testing.T) {
	each(t, func(f fixture) {
		f.put("k", "before")
		f.setVersioning(oss.VersionEnabled)
		first, second := f.put("k", "first").VersionId, f.put("k", "second").VersionId
		key := oss.Ptr("k")
		for want, version := range map[string]*string{"before": oss.Ptr("null"), "first": first, "second": second} {
			f.equal(f.read("k", oss.GetObjectRequest{VersionId: version}), want)
			f.equal(done(f.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: f.bucket, Key: key, VersionId: version}))(f).VersionId, *version)
			f.equal(done(f.GetObjectMeta(ctx, &oss.GetObjectMetaRequest{Bucket: f.bucket, Key: key, VersionId: version}))(f).VersionId, *version)
			done(f.GetObjectAcl(ctx, &oss.GetObjectAclRequest{Bucket: f.bucket, Key: key, VersionId: version}))(f)
			done(f.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: f.bucket, Key: key, VersionId: version}))(f)
		}
		deleted := done(f.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: key}))(f)
		f.equal(deleted.DeleteMarker, true)
		f.fails(f.getError("k", oss.GetObjectRequest{}), 404, "NoSuchKey")
		f.fails(f.getError("k", oss.GetObjectRequest{VersionId: deleted.VersionId}), 405, "MethodNotAllowed")
		listed := done(f.ListObjectVersions(ctx, &oss.ListObjectVersionsRequest{Bucket: f.bucket}))(f)
		f.equal(len(listed.ObjectVersions), 3)
		f.equal(listed.ObjectDeleteMarkers[0].VersionId, *deleted.VersionId)
		restored := done(f.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: f.bucket, Key: key, SourceKey: key, SourceVersionId: first}))(f)
		f.equal(restored.SourceVersionId, *first)
		f.equal(f.get("k"), "first")
		var all []oss.DeleteObject
		for _, version := range []*string{oss.Ptr("null"), first, second, deleted.VersionId, restored.VersionId} {
			all = append(all, oss.DeleteObject{Key: key, VersionId: version})
		}
		f.equal(len(done(f.DeleteMultipleObjects(ctx, &oss.DeleteMultipleObjectsRequest{Bucket: f.bucket, Objects: all}))(f).DeletedObjects), 5)
		f.setVersioning(oss.VersionSuspended)
		f.equal(f.put("k", "one").VersionId, "null")
		done(f.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: key, VersionId: oss.Ptr("null")}))(f)
		done(f.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket}))(f)
	})
}

func TestCorsAndReferer(t *testing.T) {
	each(t, func(f fixture) {
		rules := []oss.CORSRule{{
			AllowedOrigins: []string{"http://page.example"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"*"},
			ExposeHeaders: []string{"x-oss-test"}, MaxAgeSeconds: oss.Ptr(int64(100)),
		}}
		cors := &oss.CORSConfiguration{CORSRules: rules, ResponseVary: oss.Ptr(true)}
		done(f.PutBucketCors(ctx, &oss.PutBucketCorsRequest{Bucket: f.bucket, CORSConfiguration: cors}))(f)
		got := done(f.GetBucketCors(ctx, &oss.GetBucketCorsRequest{Bucket: f.bucket}))(f).CORSConfiguration
		f.equal(got.CORSRules, rules)
		f.equal(got.ResponseVary, true)
		preflight := oss.OptionObjectRequest{
			Bucket: f.bucket, Key: oss.Ptr("k"), Origin: oss.Ptr("http://page.example"), AccessControlRequestMethod: oss.Ptr("PUT"),
			AccessControlRequestHeaders: oss.Ptr("x-oss-meta-a"),
		}
		f.equal(done(f.OptionObject(ctx, &preflight))(f).AccessControlAllowOrigin, "http://page.example")
		preflight.Origin = oss.Ptr("http://other.example")
		f.fails(errorOf(f.OptionObject(ctx, &preflight)), 403, "AccessForbidden")
		done(f.DeleteBucketCors(ctx, &oss.DeleteBucketCorsRequest{Bucket: f.bucket}))(f)
		f.fails(errorOf(f.GetBucketCors(ctx, &oss.GetBucketCorsRequest{Bucket: f.bucket})), 404, "NoSuchCORSConfiguration")

		referer := &oss.RefererConfiguration{
			AllowEmptyReferer: oss.Ptr(true), RefererList: &oss.RefererList{Referers: []string{"http://page.example"}},
			RefererBlacklist: &oss.RefererBlacklist{Referers: []string{"http://bad.example"}},
		}
		done(f.PutBucketReferer(ctx, &oss.PutBucketRefererRequest{Bucket: f.bucket, RefererConfiguration: referer}))(f)
		back := done(f.GetBucketReferer(ctx, &oss.GetBucketRefererRequest{Bucket: f.bucket}))(f).RefererConfiguration
		f.equal(back.RefererList.Referers, []string{"http://page.example"})
		f.equal(back.RefererBlacklist.Referers, []string{"http://bad.example"})
	})
}

func TestLifecycleEncryptionTagsAndPayer(t *testing.T) {
	each(t, func(f fixture) {
		rule := oss.LifecycleRule{
			ID: oss.Ptr("r"), Prefix: oss.Ptr("tmp/"), Status: oss.Ptr("Enabled"),
			Expiration:                  &oss.LifecycleRuleExpiration{Days: oss.Ptr(int32(30))},
			NoncurrentVersionExpiration: &oss.NoncurrentVersionExpiration{NoncurrentDays: oss.Ptr(int32(7))},
			Transitions:                 []oss.LifecycleRuleTransition{{Days: oss.Ptr(int32(10)), StorageClass: oss.StorageClassIA}},
			Filter:                      &oss.LifecycleRuleFilter{ObjectSizeGreaterThan: oss.Ptr(int64(500)), Nots: []oss.LifecycleRuleNot{{Prefix: oss.Ptr("tmp/keep/")}}},
		}
		lifecycle := &oss.LifecycleConfiguration{Rules: []oss.LifecycleRule{rule}}
		done(f.PutBucketLifecycle(ctx, &oss.PutBucketLifecycleRequest{Bucket: f.bucket, LifecycleConfiguration: lifecycle}))(f)
		got := done(f.GetBucketLifecycle(ctx, &oss.GetBucketLifecycleRequest{Bucket: f.bucket}))(f).LifecycleConfiguration.Rules[0]
		f.equal(got.Expiration.Days, int32(30))
		f.equal(got.Filter.Nots[0].Prefix, "tmp/keep/")
		done(f.DeleteBucketLifecycle(ctx, &oss.DeleteBucketLifecycleRequest{Bucket: f.bucket}))(f)
		f.fails(errorOf(f.GetBucketLifecycle(ctx, &oss.GetBucketLifecycleRequest{Bucket: f.bucket})), 404, "NoSuchLifecycle")

		encryption := &oss.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &oss.ApplyServerSideEncryptionByDefault{SSEAlgorithm: oss.Ptr("AES256")}}
		done(f.PutBucketEncryption(ctx, &oss.PutBucketEncryptionRequest{Bucket: f.bucket, ServerSideEncryptionRule: encryption}))(f)
		set := done(f.GetBucketEncryption(ctx, &oss.GetBucketEncryptionRequest{Bucket: f.bucket}))(f).ServerSideEncryptionRule
		f.equal(set.ApplyServerSideEncryptionByDefault.SSEAlgorithm, "AES256")
		f.put("k", "secret")
		f.equal(f.head("k").ServerSideEncryption, "AES256")
		done(f.DeleteBucketEncryption(ctx, &oss.DeleteBucketEncryptionRequest{Bucket: f.bucket}))(f)

		tags := &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("team"), Value: f.bucket}}}}
		done(f.PutBucketTags(ctx, &oss.PutBucketTagsRequest{Bucket: f.bucket, Tagging: tags}))(f)
		f.equal(done(f.GetBucketTags(ctx, &oss.GetBucketTagsRequest{Bucket: f.bucket}))(f).Tagging.TagSet.Tags[0].Value, *f.bucket)
		f.equal(len(done(f.ListBuckets(ctx, &oss.ListBucketsRequest{TagKey: oss.Ptr("team"), TagValue: f.bucket}))(f).Buckets), 1)
		done(f.DeleteBucketTags(ctx, &oss.DeleteBucketTagsRequest{Bucket: f.bucket}))(f)

		payment := &oss.RequestPaymentConfiguration{Payer: oss.Requester}
		done(f.PutBucketRequestPayment(ctx, &oss.PutBucketRequestPaymentRequest{Bucket: f.bucket, PaymentConfiguration: payment}))(f)
		f.equal(done(f.GetBucketRequestPayment(ctx, &oss.GetBucketRequestPaymentRequest{Bucket: f.bucket}))(f).Payer, "Requester")
	})
}

func TestPolicyAndPublicAccess(t *testing.T) {
	each(t, func(f fixture) {
		statement := map[string]any{
			"Effect": "Allow", "Action": []string{"oss:GetObject"}, "Principal": []string{"*"}, "Resource": []string{"acs:oss:*:*:" + *f.bucket + "/*"},
		}
		policy := string(done(json.Marshal(map[string]any{"Version": "1", "Statement": []any{statement}}))(f))
		done(f.PutBucketPolicy(ctx, &oss.PutBucketPolicyRequest{Bucket: f.bucket, Body: reader(policy)}))(f)
		f.equal(done(f.GetBucketPolicy(ctx, &oss.GetBucketPolicyRequest{Bucket: f.bucket}))(f).Body, policy)
		f.equal(done(f.GetBucketPolicyStatus(ctx, &oss.GetBucketPolicyStatusRequest{Bucket: f.bucket}))(f).PolicyStatus.IsPublic, true)
		f.put("k", "open")
		status := func() int {
			answer := done(http.Get(coho.Endpoint + "/" + *f.bucket + "/k"))(f)
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		f.equal(status(), 200)
		block := &oss.PublicAccessBlockConfiguration{BlockPublicAccess: oss.Ptr(true)}
		done(f.PutBucketPublicAccessBlock(ctx, &oss.PutBucketPublicAccessBlockRequest{Bucket: f.bucket, PublicAccessBlockConfiguration: block}))(f)
		f.equal(status(), 403)
		got := done(f.GetBucketPublicAccessBlock(ctx, &oss.GetBucketPublicAccessBlockRequest{Bucket: f.bucket}))(f)
		f.equal(got.PublicAccessBlockConfiguration.BlockPublicAccess, true)
		done(f.DeleteBucketPublicAccessBlock(ctx, &oss.DeleteBucketPublicAccessBlockRequest{Bucket: f.bucket}))(f)
		f.equal(status(), 200)
		done(f.PutPublicAccessBlock(ctx, &oss.PutPublicAccessBlockRequest{PublicAccessBlockConfiguration: block}))(f)
		f.equal(status(), 403)
		f.equal(done(f.GetPublicAccessBlock(ctx, &oss.GetPublicAccessBlockRequest{}))(f).PublicAccessBlockConfiguration.BlockPublicAccess, true)
		done(f.DeletePublicAccessBlock(ctx, &oss.DeletePublicAccessBlockRequest{}))(f)
		done(f.DeleteBucketPolicy(ctx, &oss.DeleteBucketPolicyRequest{Bucket: f.bucket}))(f)
		f.equal(status(), 403)
	})
}

func TestMirrorRules(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		fmt.Fprint(answer, "from "+request.URL.RequestURI())
	}))
	defer origin.Close()
	each(t, func(f fixture) {
		rule := oss.RoutingRule{
			RuleNumber: oss.Ptr(int64(1)),
			Condition:  &oss.RoutingRuleCondition{KeyPrefixEquals: oss.Ptr("img/"), HttpErrorCodeReturnedEquals: oss.Ptr(int64(404))},
			Redirect: &oss.RoutingRuleRedirect{
				RedirectType: oss.Ptr("Mirror"), MirrorURL: oss.Ptr(origin.URL + "/old/"), MirrorPassQueryString: oss.Ptr(true),
				MirrorHeaders: &oss.MirrorHeaders{PassAll: oss.Ptr(true), Removes: []string{"cookie"}},
			},
		}
		website := &oss.WebsiteConfiguration{
			IndexDocument: &oss.IndexDocument{Suffix: oss.Ptr("index.html")}, ErrorDocument: &oss.ErrorDocument{Key: oss.Ptr("error.html")},
			RoutingRules: &oss.RoutingRules{RoutingRules: []oss.RoutingRule{rule}},
		}
		done(f.PutBucketWebsite(ctx, &oss.PutBucketWebsiteRequest{Bucket: f.bucket, WebsiteConfiguration: website}))(f)
		got := done(f.GetBucketWebsite(ctx, &oss.GetBucketWebsiteRequest{Bucket: f.bucket}))(f).WebsiteConfiguration
		f.equal(got.RoutingRules.RoutingRules[0].Redirect.MirrorURL, origin.URL+"/old/")
		f.equal(f.get("img/a b"), "from /old/img/a%20b")
		done(f.DeleteBucketWebsite(ctx, &oss.DeleteBucketWebsiteRequest{Bucket: f.bucket}))(f)
		f.fails(errorOf(f.GetBucketWebsite(ctx, &oss.GetBucketWebsiteRequest{Bucket: f.bucket})), 404, "NoSuchWebsiteConfiguration")
		f.equal(f.get("img/a b"), "from /old/img/a%20b")
	})
}
