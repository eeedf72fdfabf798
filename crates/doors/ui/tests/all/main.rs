//! The pages on the real server.
