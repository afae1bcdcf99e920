#include "cloudflow/blueprint/graph.hpp"

#include "cloudflow/blueprint/internal/layers.hpp"

#include <algorithm>
#include <unordered_map>

namespace cloudflow::blueprint {

using namespace internal;

namespace {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string partitions_text(const verified_topic& topic) {
  return std::to_string(topic.partitions) + (topic.partitions == 1 ? " partition" : " partitions");
}

struct box {
  int x = 0, y = 0, w = 0, h = 0;
};

class svg {
  const verified_blueprint& plan_;
  const std::string_view note_;
  drawing d_;
  std::vector<box> boxes_;
  std::string out_;
  int width_ = 0, height_ = 0;

  static constexpr int letter = 8; // width of one at 13 px in a monospaced font
  static constexpr int box_h = 44, gap_x = 70, gap_y = 26, margin = 24, head = 34;

  std::string title(const drawn_node& n) const {
    return n.topic ? plan_.topics[n.index].id.value() : plan_.streamlets[n.index].name.value();
  }
  std::string subtitle(const drawn_node& n) const {
    return n.topic ? partitions_text(plan_.topics[n.index]) : plan_.streamlets[n.index].class_name;
  }

  void place() {
    std::vector<int> widths(d_.layers, 0);
    for (const auto& n : d_.nodes)
      widths[n.layer] = std::max(widths[n.layer],
                                 static_cast<int>(std::max(width_of(title(n)), width_of(subtitle(n)))) * letter + 24);
    std::vector<int> left(d_.layers, margin);
    for (std::size_t l = 1; l < d_.layers; ++l) left[l] = left[l - 1] + widths[l - 1] + gap_x;
    std::vector<std::size_t> count(d_.layers, 0);
    for (const auto& n : d_.nodes) ++count[n.layer];
    for (const auto& n : d_.nodes) {
      // Short columns stand in the middle of the tallest one.
      const int above = static_cast<int>(d_.rows - count[n.layer]) * (box_h + gap_y) / 2;
      boxes_.push_back(
          {left[n.layer], head + margin + above + static_cast<int>(n.row) * (box_h + gap_y), widths[n.layer], box_h});
    }
    width_ = d_.layers == 0 ? 2 * margin : left.back() + widths.back() + margin;
    width_ = std::max(width_, 320);
    height_ = head + 2 * margin + static_cast<int>(d_.rows) * (box_h + gap_y) + 20;
  }

  void edge(const drawn_edge& e) {
    const auto& a = boxes_[e.from];
    const auto& b = boxes_[e.to];
    const auto n = [](int v) { return std::to_string(v); };
    std::string path;
    if (e.back) {
      // Below everything, back to the left.
      const int low = height_ - 14;
      path = "M " + n(a.x + a.w / 2) + " " + n(a.y + a.h) + " C " + n(a.x + a.w / 2) + " " + n(low) + ", " +
             n(b.x + b.w / 2) + " " + n(low) + ", " + n(b.x + b.w / 2) + " " + n(b.y + b.h + 6);
    } else {
      const int x1 = a.x + a.w;
      const int y1 = a.y + a.h / 2;
      const int x2 = b.x - 6;
      const int y2 = b.y + b.h / 2;
      const int mid = (x1 + x2) / 2;
      path = "M " + n(x1) + " " + n(y1) + " C " + n(mid) + " " + n(y1) + ", " + n(mid) + " " + n(y2) + ", " + n(x2) +
             " " + n(y2);
    }
    out_ += "<path class=\"edge" + std::string(e.back ? " back" : "") + "\" d=\"" + path +
            "\" marker-end=\"url(#arrow)\"/>\n";
  }

  void node(std::size_t at) {
    const auto& b = boxes_[at];
    const auto& n = d_.nodes[at];
    const std::string centre = std::to_string(b.x + b.w / 2);
    out_ += "<g class=\"" + std::string(n.topic ? "topic" : "streamlet") + "\"><rect x=\"" + std::to_string(b.x) +
            "\" y=\"" + std::to_string(b.y) + "\" width=\"" + std::to_string(b.w) + "\" height=\"" +
            std::to_string(b.h) + "\" rx=\"" + (n.topic ? "22" : "4") + "\"/><text class=\"name\" x=\"" + centre +
            "\" y=\"" + std::to_string(b.y + 19) + "\">" + escaped(title(n)) + "</text><text class=\"small\" x=\"" +
            centre + "\" y=\"" + std::to_string(b.y + 35) + "\">" + escaped(subtitle(n)) + "</text></g>\n";
  }

public:
  svg(const verified_blueprint& plan, std::string_view note)
      : plan_(plan)
      , note_(note)
      , d_(lay_out(plan)) {}

  std::string draw() && {
    place();
    const std::string w = std::to_string(width_);
    const std::string h = std::to_string(height_);
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + w + "\" height=\"" + h + "\" viewBox=\"0 0 " + w +
           " " + h + "\" role=\"img\" aria-label=\"" + escaped(plan_.app_id) +
           "\">\n<style>"
           "text{font-family:ui-monospace,Menlo,Consolas,monospace;text-anchor:middle;fill:#1b2733}"
           ".name{font-size:13px;font-weight:600}.small{font-size:11px;fill:#5b6b7a}"
           ".streamlet rect{fill:#e8f1fb;stroke:#3b6ea5}.topic rect{fill:#fff6e0;stroke:#b8862b}"
           ".edge{fill:none;stroke:#66788a;stroke-width:1.4}.back{stroke-dasharray:5 4}"
           "</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"8\" "
           "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#66788a\"/></marker></defs>\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text class=\"name\" x=\"" +
           std::to_string(width_ / 2) + "\" y=\"26\">" + escaped(plan_.app_id) +
           (note_.empty() ? "" : " (" + escaped(note_) + ")") + "</text>\n";
    for (const auto& e : d_.edges) edge(e);
    for (std::size_t i = 0; i < d_.nodes.size(); ++i) node(i);
    return std::move(out_) + "</svg>\n";
  }
};

} // namespace

std::string graph_text(const verified_blueprint& plan) {
  const auto d = lay_out(plan);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < plan.streamlets.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return std::pair(d.nodes[a].layer, d.nodes[a].row) < std::pair(d.nodes[b].layer, d.nodes[b].row);
  });
  std::unordered_map<topic_id, std::size_t> topics;
  for (std::size_t i = 0; i < plan.topics.size(); ++i) topics.emplace(plan.topics[i].id, i);
  std::vector<bool> shown(plan.topics.size(), false);
  std::string out;

  const auto readers = [&](const verified_topic& topic, std::size_t indent) {
    if (topic.consumers.empty()) out += "(nobody reads)\n";
    for (std::size_t i = 0; i < topic.consumers.size(); ++i) {
      if (i != 0) out += std::string(indent, ' ');
      out += (topic.consumers.size() == 1       ? "--> "
              : i + 1 == topic.consumers.size() ? "'-> "
              : i == 0                          ? "+-> "
                                                : "|-> ") +
             topic.consumers[i].text() + "\n";
    }
  };
  const auto topic_line = [&](std::string line, const verified_topic& topic) {
    line += "[" + topic.id.value() + "] ";
    out += line;
    readers(topic, width_of(line));
  };

  for (const std::size_t i : order) {
    const auto& s = plan.streamlets[i];
    out += s.name.value() + "  (" + s.class_name + ", " + s.runtime + ")\n";
    std::size_t widest = 0;
    for (const auto& o : s.outlets) widest = std::max(widest, o.name.value().size());
    for (const auto& o : s.outlets) {
      const auto known = topics.find(o.topic);
      if (known == topics.end()) continue;
      const auto at = known->second;
      const auto* topic = &plan.topics[at];
      std::string line = "  " + o.name.value() + std::string(widest - o.name.value().size(), ' ') + " --> ";
      if (shown[at]) {
        out += line + "[" + topic->id.value() + "] (see above)\n";
      } else {
        topic_line(std::move(line), *topic);
      }
      shown[at] = true;
    }
  }
  bool foreign = false;
  for (std::size_t i = 0; i < plan.topics.size(); ++i) {
    if (shown[i]) continue;
    if (!foreign) out += "written elsewhere\n";
    foreign = true;
    topic_line("  ", plan.topics[i]);
  }
  for (const auto& note : plan.notes)
    for (const auto& [label, text] : note.details) out += label + ": " + text + "\n";
  return out;
}

std::string graph_svg(const verified_blueprint& plan, std::string_view note) { return svg(plan, note).draw(); }

} // namespace cloudflow::blueprint
