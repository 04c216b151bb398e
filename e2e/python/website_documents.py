"""Website documents as clients send them."""

HOT_MIGRATION = """<?xml version="1.0" encoding="UTF-8"?>
<WebsiteConfiguration>
  <RoutingRules><RoutingRule>
    <RuleNumber>10</RuleNumber>
    <Condition>
      <KeyPrefixEquals>media/</KeyPrefixEquals><KeySuffixEquals>.jpg</KeySuffixEquals>
      <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>
    </Condition>
    <Redirect>
      <RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9001/old/</MirrorURL>
      <EnableReplacePrefix>true</EnableReplacePrefix><ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith>
      <MirrorPassQueryString>true</MirrorPassQueryString><MirrorFollowRedirect>false</MirrorFollowRedirect>
      <MirrorCheckMd5>true</MirrorCheckMd5>
      <MirrorURLSlave>http://127.0.0.1:9002/old/</MirrorURLSlave>
      <MirrorURLProbe>http://127.0.0.1:9001/ok</MirrorURLProbe>
      <MirrorSwitchAllErrors>True</MirrorSwitchAllErrors>
      <MirrorHeaders>
        <PassAll>true</PassAll><Remove>cookie</Remove><Set><Key>x-from</Key><Value>coho</Value></Set>
      </MirrorHeaders>
    </Redirect>
  </RoutingRule></RoutingRules>
</WebsiteConfiguration>
"""

SPA = """<WebsiteConfiguration>
  <IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir><Type>2</Type></IndexDocument>
  <ErrorDocument><Key>index.html</Key><HttpStatus>200</HttpStatus></ErrorDocument>
  <RoutingRules><RoutingRule>
    <RuleNumber>1</RuleNumber>
    <Condition><KeyPrefixEquals>retired/</KeyPrefixEquals></Condition>
    <Redirect>
      <RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>new.example.com</HostName>
      <ReplaceKeyPrefixWith>v2/</ReplaceKeyPrefixWith><PassQueryString>true</PassQueryString>
      <HttpRedirectCode>307</HttpRedirectCode>
    </Redirect>
  </RoutingRule></RoutingRules>
</WebsiteConfiguration>
"""

# What the Go SDK v1 always emits around rules.
EMPTY_SHELLS = """<WebsiteConfiguration>
  <IndexDocument><Suffix></Suffix></IndexDocument><ErrorDocument><Key></Key></ErrorDocument>
  <RoutingRules><RoutingRule>
    <RuleNumber>1</RuleNumber>
    <Condition></Condition>
    <Redirect>
      <RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9001/</MirrorURL><MirrorHeaders></MirrorHeaders>
    </Redirect>
  </RoutingRule></RoutingRules>
</WebsiteConfiguration>
"""

UNKNOWN_ELEMENTS = """<WebsiteConfiguration>
  <RoutingRules><RoutingRule>
    <RuleNumber>1</RuleNumber>
    <Condition><KeyPrefixEquals>a/</KeyPrefixEquals><FutureCondition>x</FutureCondition></Condition>
    <Redirect>
      <RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9001/</MirrorURL>
      <MirrorFuture><Deep>1</Deep><Deep>2</Deep></MirrorFuture>
    </Redirect>
  </RoutingRule></RoutingRules>
</WebsiteConfiguration>
"""

_RULE = (
    "<RoutingRule>{number}<Condition>{condition}</Condition>"
    "<Redirect><RedirectType>Mirror</RedirectType>{url}</Redirect></RoutingRule>"
)
_URL = "<MirrorURL>http://127.0.0.1:9001/</MirrorURL>"


def _rules(*rules):
    return f"<WebsiteConfiguration><RoutingRules>{''.join(rules)}</RoutingRules></WebsiteConfiguration>"


def _rule(number="<RuleNumber>1</RuleNumber>", condition="", url=_URL):
    return _RULE.format(number=number, condition=condition, url=url)


REJECTED = {
    "mirror on 403": _rules(_rule(condition="<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals>")),
    "mirror URL without scheme": _rules(_rule(url="<MirrorURL>origin.example.com/</MirrorURL>")),
    "mirror URL without final slash": _rules(_rule(url="<MirrorURL>http://origin.example.com</MirrorURL>")),
    "no mirror URL": _rules(_rule(url="")),
    "error status 500": "<WebsiteConfiguration><ErrorDocument><Key>e</Key><HttpStatus>500</HttpStatus>"
    "</ErrorDocument></WebsiteConfiguration>",
    "no rule number": _rules(_rule(number="")),
    "21 rules": _rules(*(_rule(number=f"<RuleNumber>{n}</RuleNumber>") for n in range(1, 22))),
    "one bad rule of two": _rules(_rule(), _rule(number="<RuleNumber>2</RuleNumber>", url="")),
    "empty": "<WebsiteConfiguration></WebsiteConfiguration>",
}


def mirror_all(url):
    """One rule that mirrors every missing key from `url`."""
    return _rules(
        _rule(
            condition="<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>",
            url=f"<MirrorURL>{url}</MirrorURL>",
        )
    )
