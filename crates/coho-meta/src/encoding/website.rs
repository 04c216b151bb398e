//! The stored form of a website configuration, with OSS's names of its elements.
//!
//! Each type has a form of its own, so that a new field of the model does not compile until it is stored, and nothing but
//! this module can write the secrets of origins.

use super::DecodeError;
use coho_model::website::{
    Condition, ElementList, ErrorDocument, IncludeHeader, IndexDocument, KeyValue, LuaConfig, MirrorAuth,
    MirrorHeaders, MirrorMultiAlternate, MirrorSettings, Protocol, Redirect, RedirectType, RoutingRule, UnknownElement,
    WebsiteConfiguration,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A value with a stored form.
pub(super) trait Stored: Sized {
    type Form: Serialize + DeserializeOwned + Default + Absent;

    fn form(&self) -> Self::Form;

    /// The inverse of [`Self::form`].
    fn restored(form: Self::Form) -> Result<Self, DecodeError>;
}

/// Whether a field is left out.
pub(super) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
}

macro_rules! stored_as_themselves {
    ($($type:ty)*) => { $(
        impl Absent for $type {}

        impl Stored for $type {
            type Form = Self;

            fn form(&self) -> Self {
                self.clone()
            }

            fn restored(form: Self) -> Result<Self, DecodeError> {
                Ok(form)
            }
        }
    )* };
}

stored_as_themselves!(bool u8 u16 u32 String);

impl<F> Absent for Option<F> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Stored> Stored for Option<T> {
    type Form = Option<T::Form>;

    fn form(&self) -> Self::Form {
        self.as_ref().map(T::form)
    }

    fn restored(form: Self::Form) -> Result<Self, DecodeError> {
        form.map(T::restored).transpose()
    }
}

impl<F> Absent for Vec<F> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Stored> Stored for Vec<T> {
    type Form = Vec<T::Form>;

    fn form(&self) -> Self::Form {
        self.iter().map(T::form).collect()
    }

    fn restored(form: Self::Form) -> Result<Self, DecodeError> {
        form.into_iter().map(T::restored).collect()
    }
}

/// Enumerations as OSS writes their values.
macro_rules! stored_as_text {
    ($($type:ty { $($value:ident = $text:literal),* })*) => { $(
        impl Stored for $type {
            type Form = String;

            fn form(&self) -> String {
                match self { $(Self::$value => $text,)* }.into()
            }

            fn restored(form: String) -> Result<Self, DecodeError> {
                match &*form {
                    $($text => Ok(Self::$value),)*
                    _ => Err(DecodeError::Damaged),
                }
            }
        }
    )* };
}

stored_as_text! {
    RedirectType { Mirror = "Mirror", External = "External", AliCdn = "AliCDN", Internal = "Internal" }
    Protocol { Http = "http", Https = "https" }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ElementListForm<F> {
    items: Vec<F>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<UnknownElementForm>,
}

impl<F> Default for ElementListForm<F> {
    fn default() -> Self {
        Self { items: Vec::new(), unknown: Vec::new() }
    }
}

impl<F> Absent for ElementListForm<F> {}

impl<T: Stored> Stored for ElementList<T> {
    type Form = ElementListForm<T::Form>;

    fn form(&self) -> Self::Form {
        ElementListForm { items: self.items.form(), unknown: self.unknown.form() }
    }

    fn restored(form: Self::Form) -> Result<Self, DecodeError> {
        Ok(Self { items: Stored::restored(form.items)?, unknown: Stored::restored(form.unknown)? })
    }
}

/// Structures, field by field, with the name that is stored.
macro_rules! stored_by_fields {
    ($($type:ident as $form:ident { $($field:ident: $kind:ty = $name:literal,)* })*) => { $(
        #[derive(Serialize, Deserialize, Default)]
        pub(super) struct $form { $(
            #[serde(rename = $name, default, skip_serializing_if = "Absent::is_absent")]
            $field: <$kind as Stored>::Form,
        )* }

        impl Absent for $form {}

        impl Stored for $type {
            type Form = $form;

            fn form(&self) -> $form {
                $form { $($field: self.$field.form(),)* }
            }

            fn restored(form: $form) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Stored::restored(form.$field)?,)* })
            }
        }
    )* };
}

stored_by_fields! {
    WebsiteConfiguration as WebsiteConfigurationForm {
        index_document: Option<IndexDocument> = "IndexDocument",
        error_document: Option<ErrorDocument> = "ErrorDocument",
        routing_rules: Vec<RoutingRule> = "RoutingRules",
        unknown_in_routing_rules: Vec<UnknownElement> = "unknown_in_routing_rules",
        unknown: Vec<UnknownElement> = "unknown",
    }
    IndexDocument as IndexDocumentForm {
        suffix: Option<String> = "Suffix",
        support_sub_dir: Option<bool> = "SupportSubDir",
        index_type: Option<u8> = "Type",
        unknown: Vec<UnknownElement> = "unknown",
    }
    ErrorDocument as ErrorDocumentForm {
        key: Option<String> = "Key",
        http_status: Option<u16> = "HttpStatus",
        unknown: Vec<UnknownElement> = "unknown",
    }
    RoutingRule as RoutingRuleForm {
        rule_number: u32 = "RuleNumber",
        condition: Condition = "Condition",
        redirect: Option<Redirect> = "Redirect",
        lua_config: Option<LuaConfig> = "LuaConfig",
        unknown: Vec<UnknownElement> = "unknown",
    }
    LuaConfig as LuaConfigForm {
        script: Option<String> = "Script",
        unknown: Vec<UnknownElement> = "unknown",
    }
    UnknownElement as UnknownElementForm {
        name: String = "name",
        text: String = "text",
        children: Vec<UnknownElement> = "children",
    }
    Condition as ConditionForm {
        key_prefix_equals: Option<String> = "KeyPrefixEquals",
        key_suffix_equals: Option<String> = "KeySuffixEquals",
        http_error_code_returned_equals: Option<u16> = "HttpErrorCodeReturnedEquals",
        include_headers: Vec<IncludeHeader> = "IncludeHeader",
        unknown: Vec<UnknownElement> = "unknown",
    }
    IncludeHeader as IncludeHeaderForm {
        key: String = "Key",
        equals: Option<String> = "Equals",
        starts_with: Option<String> = "StartsWith",
        ends_with: Option<String> = "EndsWith",
        unknown: Vec<UnknownElement> = "unknown",
    }
    Redirect as RedirectForm {
        redirect_type: RedirectType = "RedirectType",
        pass_query_string: Option<bool> = "PassQueryString",
        protocol: Option<Protocol> = "Protocol",
        host_name: Option<String> = "HostName",
        http_redirect_code: Option<u16> = "HttpRedirectCode",
        replace_key_prefix_with: Option<String> = "ReplaceKeyPrefixWith",
        enable_replace_prefix: Option<bool> = "EnableReplacePrefix",
        replace_key_with: Option<String> = "ReplaceKeyWith",
        mirror: MirrorSettings = "Mirror",
        unknown: Vec<UnknownElement> = "unknown",
    }
    MirrorSettings as MirrorSettingsForm {
        url: Option<String> = "MirrorURL",
        pass_query_string: Option<bool> = "MirrorPassQueryString",
        follow_redirect: Option<bool> = "MirrorFollowRedirect",
        check_md5: Option<bool> = "MirrorCheckMd5",
        headers: Option<MirrorHeaders> = "MirrorHeaders",
        pass_original_slashes: Option<bool> = "MirrorPassOriginalSlashes",
        url_slave: Option<String> = "MirrorURLSlave",
        url_probe: Option<String> = "MirrorURLProbe",
        switch_all_errors: Option<bool> = "MirrorSwitchAllErrors",
        transparent_response_codes: Option<String> = "TransparentMirrorResponseCodes",
        multi_alternates: Option<ElementList<MirrorMultiAlternate>> = "MirrorMultiAlternates",
        user_last_modified: Option<bool> = "MirrorUserLastModified",
        save_oss_meta: Option<bool> = "MirrorSaveOssMeta",
        proxy_pass: Option<bool> = "MirrorProxyPass",
        allow_head_object: Option<bool> = "MirrorAllowHeadObject",
        allow_get_image_info: Option<bool> = "MirrorAllowGetImageInfo",
        allow_video_snapshot: Option<bool> = "MirrorAllowVideoSnapshot",
        async_status: Option<u16> = "MirrorAsyncStatus",
        taggings: Option<ElementList<KeyValue>> = "MirrorTaggings",
        return_headers: Option<ElementList<KeyValue>> = "MirrorReturnHeaders",
        auth: Option<MirrorAuth> = "MirrorAuth",
        using_role: Option<bool> = "MirrorUsingRole",
        role: Option<String> = "MirrorRole",
        sni: Option<bool> = "MirrorSNI",
        is_express_tunnel: Option<bool> = "MirrorIsExpressTunnel",
        dst_region: Option<String> = "MirrorDstRegion",
        dst_vpc_id: Option<String> = "MirrorDstVpcId",
        dst_slave_vpc_id: Option<String> = "MirrorDstSlaveVpcId",
        tunnel_id: Option<String> = "MirrorTunnelId",
    }
    MirrorHeaders as MirrorHeadersForm {
        pass_all: Option<bool> = "PassAll",
        pass: Vec<String> = "Pass",
        remove: Vec<String> = "Remove",
        set: Vec<KeyValue> = "Set",
        unknown: Vec<UnknownElement> = "unknown",
    }
    KeyValue as KeyValueForm {
        key: String = "Key",
        value: String = "Value",
        unknown: Vec<UnknownElement> = "unknown",
    }
    MirrorMultiAlternate as MirrorMultiAlternateForm {
        number: Option<u32> = "MirrorMultiAlternateNumber",
        url: Option<String> = "MirrorMultiAlternateURL",
        vpc_id: Option<String> = "MirrorMultiAlternateVpcId",
        dst_region: Option<String> = "MirrorMultiAlternateDstRegion",
        unknown: Vec<UnknownElement> = "unknown",
    }
    MirrorAuth as MirrorAuthForm {
        auth_type: Option<String> = "AuthType",
        region: Option<String> = "Region",
        access_key_id: Option<String> = "AccessKeyId",
        access_key_secret: Option<String> = "AccessKeySecret",
        unknown: Vec<UnknownElement> = "unknown",
    }
}
