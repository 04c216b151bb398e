//! What a bucket's website configuration says is what a client gets: rules, redirects, pages, and the document itself.

mod document;
mod drafts;
mod editors;
mod error_page;
mod explain;
mod explain_headers;
mod fetches;
mod header_conditions;
mod history;
mod index_page;
mod index_type;
mod probe;
mod redirects;
mod site;
mod uses;
mod validation;
mod versioning;
