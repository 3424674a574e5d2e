class Authsome < Formula
  desc "Local-first credential broker for AI agents"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "@BASE_URL@/authsome-macos-arm64"
      sha256 "@SHA_MACOS_ARM64@"
    end
    on_intel do
      url "@BASE_URL@/authsome-macos-x64"
      sha256 "@SHA_MACOS_X64@"
    end
  end

  on_linux do
    on_arm do
      url "@BASE_URL@/authsome-linux-arm64"
      sha256 "@SHA_LINUX_ARM64@"
    end
    on_intel do
      url "@BASE_URL@/authsome-linux-x64"
      sha256 "@SHA_LINUX_X64@"
    end
  end

  def install
    bin.install Dir["authsome-*"].first => "authsome"
    generate_completions_from_executable(bin/"authsome", "completions")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/authsome --version")
  end
end
