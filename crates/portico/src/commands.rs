//! What the commands do, one file each.

pub mod backup;
pub mod client_create;
pub mod client_list;
pub mod client_revoke;
pub mod client_rotate;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod generate;
pub mod import;
pub mod login_set_password;
pub mod mail_list;
pub mod mail_show;
pub mod migrate;
pub mod openapi;
pub mod organization_create;
pub mod person_create;
pub mod provider_create;
pub mod provider_list;
pub mod provider_remove;
pub mod restore;
pub mod serve;
pub mod wifi;
