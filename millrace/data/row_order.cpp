#include "millrace/data/row_order.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/class_name.h"

namespace millrace {

RowOrder::RowOrder(std::shared_ptr<Sampler> sampler, const SamplerArgs& args, const Batching& batching)
    : sampler_(std::move(sampler)),
      args_(args),
      batch_size_(batching.batch_size),
      pass_rows_(sampler_->length()),
      pass_padding_(sampler_->padding()),
      pass_places_(std::max(pass_rows_, (args.size + args.world_size - 1) / args.world_size)),
      length_(pass_rows_ / batch_size_ + (!batching.drop_last && pass_rows_ % batch_size_ != 0 ? 1 : 0)) {
  if (batching.limit) length_ = std::min(length_, *batching.limit);
}

Row RowOrder::row(int64_t sampler_pass, int64_t place) {
  if (order_pass_ != sampler_pass) {
    order_ = sampler_->order(sampler_pass);
    order_pass_ = sampler_pass;
    const Sampler& sampler = *sampler_;
    if (static_cast<int64_t>(order_.size()) != pass_rows_)
      throw Error(fmt::format("{} gave {} rows for pass {}; its length is {}", class_name_of(typeid(sampler)),
                              order_.size(), sampler_pass, pass_rows_));
  }
  const int64_t index = order_[static_cast<size_t>(place)];
  if (index < 0 || index >= args_.size) {
    const Sampler& sampler = *sampler_;
    throw Error(fmt::format("{} gave the index {}; the dataset has {} samples", class_name_of(typeid(sampler)), index,
                            args_.size));
  }
  const int64_t ordinal = (sampler_pass * pass_places_ + place) * args_.world_size + args_.rank;
  return {index, place < pass_rows_ - pass_padding_ ? index : -1, static_cast<uint64_t>(ordinal)};
}

void RowOrder::read(int64_t pass, int64_t batch, std::vector<Row>& rows) {
  rows.clear();
  if (sampler_->is_endless()) {
    int64_t place = (pass * length_ + batch) * batch_size_;  // in the endless stream of this rank
    for (int64_t i = 0; i < batch_size_; ++i, ++place) rows.push_back(row(place / pass_rows_, place % pass_rows_));
    return;
  }
  const int64_t begin = batch * batch_size_;
  const int64_t count = std::min(batch_size_, pass_rows_ - begin);
  for (int64_t i = 0; i < count; ++i) rows.push_back(row(pass, begin + i));
}

}  // namespace millrace
