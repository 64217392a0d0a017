// Embeds the sentences given on the command line and prints how similar each is to the first.
#include <cstdio>
#include <linnet/linnet.hpp>
#include <numeric>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: embed_cpp MODEL TEXT...\n");
    return 2;
  }
  const auto fail = [](const linnet::Error& error) {
    std::fprintf(stderr, "%s\n", error.message());
    return 1;
  };
  linnet::Model model;
  if (linnet::Error error = model.open(argv[1])) return fail(error);
  linnet::Session session;
  if (linnet::Error error = session.create(model)) return fail(error);

  const std::vector<std::string_view> texts(argv + 2, argv + argc);
  const size_t width = model.width();
  std::vector<float> rows(texts.size() * width);
  if (linnet::Error error = session.embed(texts, rows)) return fail(error);

  for (size_t i = 0; i < texts.size(); ++i) {
    const float* row = rows.data() + i * width;
    const double similarity = std::inner_product(row, row + width, rows.data(), 0.0);
    std::printf("%7.4f  %.*s\n", similarity, static_cast<int>(texts[i].size()), texts[i].data());
  }
}
