export default {
  title: '镜像回源',
};
