class Lancehead < Formula
  desc "Read, explain and decompile CPython bytecode, 3.7 to 3.15"
  homepage "@repository@"
  url "@repository@/releases/download/v@version@/lancehead-@version@.tar.gz"
  sha256 "@sha256:lancehead-@version@.tar.gz@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args(path: "crates/lancehead-cli")
    generate_completions_from_executable(bin/"lancehead", "completions")
    (man1/"lancehead.1").write Utils.safe_popen_read(bin/"lancehead", "man")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/lancehead --version")
    (testpath/"bare.asm").write "not bytecode"
    assert_match "error: bare.asm", shell_output("#{bin}/lancehead decompile bare.asm 2>&1", 2)
  end
end
