#include "quant/running_model.h"

#include <cstring>

namespace linnet {

Result<RunningModel> RunningModel::start(EditableModel& model, const SessionOptions& options) {
  const Result<std::vector<uint8_t>> file = serialize_model(model);
  if (!file.ok()) return file.status();
  RunningModel running;
  running.bytes_.reset(static_cast<uint8_t*>(::operator new(file->size(), std::align_val_t(kSectionAlignment))));
  std::memcpy(running.bytes_.get(), file->data(), file->size());
  Result<Model> opened = Model::from_memory(running.bytes_.get(), file->size());
  if (!opened.ok()) return opened.status();
  running.model_ = std::make_unique<Model>(std::move(*opened));
  Result<Session> session = Session::create(*running.model_, options);
  if (!session.ok()) return session.status();
  running.session_ = std::move(*session);
  return running;
}

}  // namespace linnet
