//! The `portico` program.

// Requests make and drop many small things on several threads; the C library's allocator takes half again as long
// for that and gives memory back late.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    portico::cli::main()
}
