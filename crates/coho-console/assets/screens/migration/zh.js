export default {
  title: '迁移',
};
