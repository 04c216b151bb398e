package v1

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func TestCORS(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		rule := oss.CORSRule{
			AllowedOrigin: []string{"http://page.example"}, AllowedMethod: []string{"PUT", "GET"},
			AllowedHeader: []string{"*"}, ExposeHeader: []string{"x-oss-test"}, MaxAgeSeconds: 100,
		}
		must(t, client.SetBucketCORS(bucket.BucketName, []oss.CORSRule{rule}))
		got := value(client.GetBucketCORS(bucket.BucketName))(t).CORSRules[0]
		equalAll(t, got.AllowedMethod, rule.AllowedMethod)
		equal(t, got.MaxAgeSeconds, 100)
		preflight := []oss.Option{oss.Origin("http://page.example"), oss.ACReqMethod("PUT"), oss.ACReqHeaders("x-oss-meta-a")}
		allowed := value(bucket.OptionsMethod("k", preflight...))(t)
		equal(t, allowed.Get("Access-Control-Allow-Origin"), "http://page.example")
		equal(t, allowed.Get("Access-Control-Max-Age"), "100")
		refused := []oss.Option{oss.Origin("http://other.example"), oss.ACReqMethod("PUT")}
		fails(t, errorOf(bucket.OptionsMethod("k", refused...)), 403, "AccessForbidden")
		must(t, client.DeleteBucketCORS(bucket.BucketName))
		fails(t, errorOf(client.GetBucketCORS(bucket.BucketName)), 404, "NoSuchCORSConfiguration")
	})
}

func TestReferer(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		must(t, client.SetBucketACL(bucket.BucketName, oss.ACLPublicRead))
		put(t, bucket, "k", "x")
		must(t, client.SetBucketReferer(bucket.BucketName, []string{"http://*.page.example"}, false))
		got := value(client.GetBucketReferer(bucket.BucketName))(t)
		equalAll(t, got.RefererList, []string{"http://*.page.example"})
		equal(t, got.AllowEmptyReferer, false)
		for referer, want := range map[string]int{"": 403, "http://www.page.example": 200, "http://other.example": 403} {
			request := value(http.NewRequest("GET", coho.Endpoint+"/"+bucket.BucketName+"/k", nil))(t)
			if referer != "" {
				request.Header.Set("Referer", referer)
			}
			answer := value(http.DefaultClient.Do(request))(t)
			_ = answer.Body.Close()
			equal(t, answer.StatusCode, want)
		}
	})
}

func TestLifecycle(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		expire := oss.BuildLifecycleRuleByDays("expire", "tmp/", true, 30)
		tiered := oss.LifecycleRule{
			ID: "tiered", Prefix: "log/", Status: "Enabled", Tags: []oss.Tag{{Key: "k", Value: "v"}},
			Transitions:          []oss.LifecycleTransition{{Days: 10, StorageClass: oss.StorageIA}},
			AbortMultipartUpload: &oss.LifecycleAbortMultipartUpload{Days: 3},
		}
		// Uploads have no tags that a rule could ask about.
		fails(t, client.SetBucketLifecycle(bucket.BucketName, []oss.LifecycleRule{tiered}), 400, "InvalidArgument")
		tiered.Tags = nil
		must(t, client.SetBucketLifecycle(bucket.BucketName, []oss.LifecycleRule{expire, tiered}))
		got := value(client.GetBucketLifecycle(bucket.BucketName))(t).Rules
		equal(t, len(got), 2)
		equal(t, got[0].Expiration.Days, 30)
		equal(t, got[1].Transitions[0].StorageClass, oss.StorageIA)
		must(t, client.DeleteBucketLifecycle(bucket.BucketName))
		fails(t, errorOf(client.GetBucketLifecycle(bucket.BucketName)), 404, "NoSuchLifecycle")
	})
}

func TestPolicy(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		put(t, bucket, "open/k", "open")
		statement := map[string]any{
			"Effect": "Allow", "Action": []string{"oss:GetObject"}, "Principal": []string{"*"},
			"Resource": []string{"acs:oss:*:*:" + bucket.BucketName + "/open/*"},
		}
		policy := string(value(json.Marshal(map[string]any{"Version": "1", "Statement": []any{statement}}))(t))
		must(t, client.SetBucketPolicy(bucket.BucketName, policy))
		equal(t, value(client.GetBucketPolicy(bucket.BucketName))(t), policy)
		status := func() int {
			answer := value(http.Get(coho.Endpoint + "/" + bucket.BucketName + "/open/k"))(t)
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		equal(t, status(), 200)
		must(t, client.DeleteBucketPolicy(bucket.BucketName))
		fails(t, errorOf(client.GetBucketPolicy(bucket.BucketName)), 404, "NoSuchBucketPolicy")
		equal(t, status(), 403)
	})
}

func TestEncryptionTagsAndPayer(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		name := bucket.BucketName
		must(t, client.SetBucketEncryption(name, oss.ServerEncryptionRule{SSEDefault: oss.SSEDefaultRule{SSEAlgorithm: "AES256"}}))
		equal(t, value(client.GetBucketEncryption(name))(t).SSEDefault.SSEAlgorithm, "AES256")
		put(t, bucket, "k", "secret")
		equal(t, value(bucket.GetObjectDetailedMeta("k"))(t).Get(oss.HTTPHeaderOssServerSideEncryption), "AES256")
		must(t, client.DeleteBucketEncryption(name))
		fails(t, errorOf(client.GetBucketEncryption(name)), 404, "NoSuchServerSideEncryptionRule")

		must(t, client.SetBucketTagging(name, oss.Tagging{Tags: []oss.Tag{{Key: "team", Value: name}}}))
		equal(t, value(client.GetBucketTagging(name))(t).Tags[0].Value, name)
		listed := value(client.ListBuckets(oss.TagKey("team"), oss.TagValue(name)))(t)
		equal(t, len(listed.Buckets), 1)
		must(t, client.DeleteBucketTagging(name))
		equal(t, len(value(client.GetBucketTagging(name))(t).Tags), 0)

		must(t, client.SetBucketRequestPayment(name, oss.RequestPaymentConfiguration{Payer: string(oss.Requester)}))
		equal(t, value(client.GetBucketRequestPayment(name))(t).Payer, "Requester")
	})
}

func TestMirrorRules(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if !strings.HasPrefix(request.URL.Path, "/old/") {
			http.NotFound(answer, request)
			return
		}
		fmt.Fprint(answer, "from "+request.URL.Path)
	}))
	defer origin.Close()
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		yes := true
		website := oss.WebsiteXML{
			IndexDocument: oss.IndexDocument{Suffix: "index.html"},
			ErrorDocument: oss.ErrorDocument{Key: "error.html"},
			RoutingRules: []oss.RoutingRule{{
				RuleNumber: 1,
				Condition:  oss.Condition{KeyPrefixEquals: "img/", HTTPErrorCodeReturnedEquals: 404},
				Redirect:   oss.Redirect{RedirectType: "Mirror", MirrorURL: origin.URL + "/old/", PassQueryString: &yes},
			}, {
				RuleNumber: 2,
				Condition:  oss.Condition{KeyPrefixEquals: "moved/", HTTPErrorCodeReturnedEquals: 404},
				Redirect: oss.Redirect{
					RedirectType: "External", Protocol: "https", HostName: "new.example.com",
					ReplaceKeyPrefixWith: "at/", HttpRedirectCode: 302,
				},
			}},
		}
		must(t, client.SetBucketWebsiteDetail(bucket.BucketName, website))
		got := value(client.GetBucketWebsite(bucket.BucketName))(t)
		equal(t, got.IndexDocument.Suffix+got.ErrorDocument.Key, "index.htmlerror.html")
		equal(t, got.RoutingRules[0].Redirect.MirrorURL, origin.URL+"/old/")
		equal(t, get(t, bucket, "img/a b"), "from /old/img/a b")
		equal(t, value(bucket.GetObjectDetailedMeta("img/a b"))(t).Get("X-Oss-Tag") != "", true)
		fails(t, getError(bucket, "none"), 404, "NoSuchKey")
		document := value(client.GetBucketWebsiteXml(bucket.BucketName))(t)
		must(t, client.SetBucketWebsiteXml(bucket.BucketName, document))
		equal(t, value(client.GetBucketWebsiteXml(bucket.BucketName))(t), document)
		must(t, client.SetBucketWebsite(bucket.BucketName, "index.html", "error.html"))
		must(t, client.DeleteBucketWebsite(bucket.BucketName))
		fails(t, errorOf(client.GetBucketWebsite(bucket.BucketName)), 404, "NoSuchWebsiteConfiguration")
	})
}

// What was never set answers as OSS does, and what the server lacks is refused by name.
func TestWhatIsNotSet(t *testing.T) {
	each(t, func(t *testing.T, client *oss.Client, bucket *oss.Bucket) {
		name := bucket.BucketName
		equal(t, value(client.GetBucketLogging(name))(t).LoggingEnabled.TargetBucket, "")
		equal(t, value(client.GetBucketAccessMonitor(name))(t).Status, "Disabled")
		equal(t, value(client.GetBucketResourceGroup(name))(t).ResourceGroupId, "rg-default")
		equal(t, len(value(client.ListBucketCname(name))(t).Cname), 0)
		equal(t, len(value(bucket.ListLiveChannel())(t).LiveChannel), 0)
		for code, err := range map[string]error{
			"NoSuchInventory":                         errorOf(client.GetBucketInventory(name, "x")),
			"NoSuchWORMConfiguration":                 errorOf(client.GetBucketWorm(name)),
			"NoSuchTransferAccelerationConfiguration": errorOf(client.GetBucketTransferAcc(name)),
			"NoSuchReplicationConfiguration":          errorOf(client.GetBucketReplication(name)),
			"NoSuchStyle":                             errorOf(client.GetBucketStyle(name, "x")),
			"MetaQueryNotExist":                       errorOf(client.GetMetaQueryStatus(name)),
			"NoSuchLiveChannel":                       errorOf(bucket.GetLiveChannelInfo("x")),
		} {
			fails(t, err, 404, code)
		}
		for _, err := range []error{
			client.SetBucketLogging(name, name, "log/", true),
			client.PutBucketAccessMonitor(name, oss.PutBucketAccessMonitor{Status: "Enabled"}),
			client.SetBucketTransferAcc(name, oss.TransferAccConfiguration{Enabled: true}),
			errorOf(client.InitiateBucketWorm(name, 1)),
			errorOf(client.GetBucketQosInfo(name)),
			errorOf(client.GetUserQoSInfo()),
		} {
			fails(t, err, 400, "NotImplemented")
		}
	})
}
